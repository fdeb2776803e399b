class Tree:
    __slots__ = ("left", "right")

    def __init__(self, left, right):
        self.left = left
        self.right = right


def tree(depth):
    if depth == 0:
        return Tree(None, None)
    return Tree(tree(depth - 1), tree(depth - 1))


def count(found):
    if found.left is None:
        return 1
    return 1 + count(found.left) + count(found.right)


def main():
    total = 0
    for i in range(100):
        total = total + count(tree(16))
    print(total)


main()
