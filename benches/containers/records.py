def main():
    records = []
    for i in range(200000):
        records.append({"x": i, "y": i + 1, "z": 2 * i})
    total = 0
    for record in records:
        total = total + record["x"] % 7 + record["z"] % 5
    print(len(records))
    print(total)


main()
