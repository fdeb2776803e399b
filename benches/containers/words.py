def main():
    counts = {}
    state = 1
    for i in range(1000000):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        number = (state >> 8) % 50000
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
