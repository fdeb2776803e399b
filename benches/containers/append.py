def main():
    total = 0
    for round in range(3):
        items = []
        for i in range(10000000):
            items.append(i % 1000 + round)
        for i in range(len(items)):
            total = total + items[i]
    print(total)


main()
