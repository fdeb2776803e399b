def main():
    counts = {}
    state = 1
    for i in range(3000000):
        state = (state * 1597 + 51749) & 0xFFFFF
        key = state >> 1
        if key in counts:
            counts[key] = counts[key] + 1
        else:
            counts[key] = 1
    found = 0
    for i in range(3000000):
        state = (state * 1597 + 51749) & 0xFFFFF
        if state in counts:
            found = found + counts[state]
    print(len(counts))
    print(found)


main()
