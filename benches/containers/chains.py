class Node:
    __slots__ = ("value", "next")

    def __init__(self, value, next):
        self.value = value
        self.next = next


def chain(length):
    head = None
    for i in range(length):
        head = Node(i, head)
    return head


def main():
    total = 0
    for round in range(10):
        node = chain(1000000)
        while node is not None:
            total = total + node.value
            node = node.next
    print(total)


main()
