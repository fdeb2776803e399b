def main():
    counts = {}
    state = 1
    for i in range(1000000):
        state = (state * 1597 + 51749) & 0xFFFFF
        number = state >> 4
        word = "word" + str(number)
        counts[word] = counts.get(word, 0) + 1
    most = 0
    length = 0
    for word in counts:
        length = length + len(word)
        if counts[word] > most:
            most = counts[word]
    print(len(counts))
    print(length)
    print(most)


main()
