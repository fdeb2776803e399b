def main():
    counts = {}
    state = 1
    for i in range(3000000):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        key = (state >> 8) % 500000
        if key in counts:
            counts[key] = counts[key] + 1
        else:
            counts[key] = 1
    found = 0
    for i in range(3000000):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        key = (state >> 8) % 1000000
        if key in counts:
            found = found + counts[key]
    print(len(counts))
    print(found)


main()
