def main():
    length = 0
    total = 0.0
    state = 1
    for i in range(300000):
        state = (state * 1597 + 51749) & 0xFFFFF
        x = state / 1024 - 300.0
        line = f"{i:>6} {x:.2f} {x * x:12.4f}"
        length += len(line)
        total += round(x, 1)
    print(length)
    print(round(total, 1))


main()
