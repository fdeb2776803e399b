def main():
    text = ""
    for i in range(400000):
        text += str(i)
        text += ","
    print(len(text))
    total = 0
    start = 0
    for i in range(400000):
        end = start + len(str(i))
        total = total + len(text[start:end])
        start = end + 1
    print(total)
    commas = 0
    for char in text:
        if char == ",":
            commas = commas + 1
    print(commas)


main()
