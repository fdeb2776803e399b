def main():
    items = []
    state = 1
    for i in range(2000000):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        items.append(state >> 4)
    items.sort()
    print(items[0])
    print(items[1000000])
    print(items[1999999])


main()
