"""Notebooks by hand, with what must be kept and what must go. A new case needs a row, not a test.

Cells stand between lines of ``---``. A statement with a line that ends in ``# keep`` must run or be served, one with
``# drop`` must do neither; statements without a mark are free: any choice that answers alike is right.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Case:
    """A notebook, what it is asked, and the files beside it.

    ``runs`` is false where a library or IPython itself would be needed: then only the marks are looked at.
    ``whole`` says that nothing can be dropped, and that it must be said.
    """

    cells: tuple[str, ...]
    asks: tuple[str, ...] = ("predict(2)", "predict(0)", "predict(2)")
    files: Mapping[str, str] = field(default_factory=dict)
    runs: bool = True
    whole: bool = False


def case(text: str, *asks: str, files: Mapping[str, str] | None = None, runs: bool = True, whole: bool = False) -> Case:
    """Return a case from its text."""
    cells = tuple(cell.strip("\n") for cell in textwrap.dedent(text).split("\n---\n"))
    return Case(cells=cells, files=files or {}, runs=runs, whole=whole, **({"asks": asks} if asks else {}))


MUTATION = {
    "list.append": case("""
        w = []  # keep
        ---
        w.append(3)  # keep
        print(w)  # drop
        ---
        def predict(x):
            return w, x
    """),
    "reading methods": case("""
        w = [3, 1]  # keep
        ---
        w.count(1)  # drop
        w.index(3)  # drop
        w.copy().append(9)  # drop
        sorted(w)  # drop
        len(w), sum(w), max(w)  # drop
        ---
        def predict(x):
            return w
    """),
    "method of the type": case("""
        w = [1]  # keep
        list.append(w, 2)  # keep
        ---
        def predict(x):
            return w
    """),
    "bound method": case("""
        w = [1]  # keep
        add = w.append  # keep
        ---
        add(5)  # keep
        ---
        def predict(x):
            return w
    """),
    "function changes its argument": case("""
        def grow(v):  # keep
            v.append(len(v))
        w = []  # keep
        ---
        grow(w)  # keep
        grow([1])  # drop
        ---
        def predict(x):
            return w
    """),
    "function changes an argument by keyword": case("""
        def grow(*, into, by=1):  # keep
            into["n"] = into.get("n", 0) + by
        w = {}  # keep
        grow(into=w)  # keep
        grow(into=w, by=4)  # keep
        ---
        def predict(x):
            return w["n"] + x
    """),
    "function changes one of its star arguments": case("""
        def grow(*lists, **named):  # keep
            lists[0].append(1)
            named["b"].append(2)
        a, b, c = [], [], []  # keep
        ---
        grow(a, c, b=b)  # keep
        ---
        def predict(x):
            return a, b
    """),
    "heapq": case("""
        import heapq  # keep
        w = [5, 9]  # keep
        heapq.heappush(w, 1)  # keep
        heapq.nsmallest(2, w)  # drop
        ---
        def predict(x):
            return w
    """),
    "bisect": case("""
        import bisect  # keep
        w = [5, 9]  # keep
        bisect.insort(w, 7)  # keep
        ---
        def predict(x):
            return bisect.bisect(w, x + 5)
    """),
    "operator.setitem": case("""
        import operator  # keep
        w = {}  # keep
        operator.setitem(w, "k", 3)  # keep
        ---
        def predict(x):
            return w
    """),
    "setattr": case("""
        class Box:  # keep
            pass
        w = Box()  # keep
        setattr(w, "n", 3)  # keep
        getattr(w, "n")  # drop
        ---
        def predict(x):
            return w.n
    """),
    "comprehension for its effect": case("""
        w = []  # keep
        [w.append(i) for i in range(3)]  # keep
        [i for i in w]  # drop
        ---
        def predict(x):
            return w
    """),
    "map that is consumed": case("""
        w = []  # keep
        list(map(w.append, [1, 2]))  # keep
        ---
        def predict(x):
            return w
    """),
    "defaultdict grows when it is read": case("""
        from collections import defaultdict  # keep
        w = defaultdict(int)  # keep
        ---
        w["seen"]  # keep
        ---
        def predict(x):
            return sorted(w)
    """),
    "counter": case("""
        from collections import Counter  # keep
        w = Counter("abca")  # keep
        w.update("ab")  # keep
        w.most_common(1)  # drop
        ---
        def predict(x):
            return dict(w)
    """),
    "setdefault": case("""
        w = {}  # keep
        w.setdefault("a", []).append(1)  # keep
        w.get("b", 2)  # drop
        ---
        def predict(x):
            return w
    """),
    "iterator consumed in part": case(
        """
        w = iter([1, 2, 3, 4])  # keep
        next(w)  # keep
        ---
        first = next(w)  # keep
        print(first)  # drop
        ---
        def predict(x):
            return next(w, None)
    """,
        "predict(1)",
        "predict(1)",
        "predict(1)",
    ),
    "iterator consumed by reading": case("""
        def numbers():  # keep
            yield from range(9)
        w = numbers()  # keep
        ---
        2 in w  # keep
        ---
        a, b = zip(w, range(2))  # keep
        ---
        rest = list(w)  # keep
        def predict(x):
            return rest
    """),
    "iterator consumed by a loop that breaks": case("""
        w = (i * i for i in range(9))  # keep
        for i in w:  # keep
            if i > 3:
                break
        rest = sum(w)  # keep
        ---
        def predict(x):
            return rest
    """),
    "file handle that moves on": case(
        """
        f = open("in.txt")  # keep
        f.readline()  # keep
        w = f.read()  # keep
        f.close()
        ---
        def predict(x):
            return w
    """,
        files={"in.txt": "head\nbody\n"},
    ),
    "callable object changes itself": case("""
        class Counter:  # keep
            n = 0
            def __call__(self):
                self.n += 1
                return self.n
        tick = Counter()  # keep
        ---
        print(tick())  # keep
        ---
        w = tick()  # keep
        def predict(x):
            return w
    """),
    "method that changes another object": case("""
        class Log:  # keep
            def __init__(self, to):
                self.to = to
            def say(self, text):
                self.to.append(text)
        w = []  # keep
        log = Log(w)  # keep
        log.say("one")  # keep
        ---
        def predict(x):
            return w
    """),
    "dropped together with its changes": case("""
        seen = []  # drop
        for i in range(3):  # drop
            seen.append(i)
        seen.sort(reverse=True)  # drop
        ---
        w = 4  # keep
        def predict(x):
            return w
    """),
    "sort by a key that counts": case("""
        calls = []  # keep
        def key(i):  # keep
            calls.append(i)
            return -i
        ---
        print(sorted([1, 2, 3], key=key))  # keep
        ---
        def predict(x):
            return len(calls)
    """),
}

ALIASES = {
    "second name": case("""
        a = [1]  # keep
        b = a  # keep
        b.append(2)  # keep
        ---
        def predict(x):
            return a
    """),
    "second name that was given up": case("""
        a = [1]  # keep
        b = a
        b = []
        b.append(2)  # drop
        ---
        def predict(x):
            return a
    """),
    "copies": case("""
        import copy  # drop
        a = [[1]]  # keep
        b = copy.deepcopy(a)  # drop
        b[0].append(2)  # drop
        c = a[:]  # drop
        c.append(3)  # drop
        ---
        def predict(x):
            return a
    """),
    "shallow copy": case("""
        a = [[1]]  # keep
        b = a.copy()  # keep
        b[0].append(2)  # keep
        ---
        def predict(x):
            return a
    """),
    "sorted in place through a second name": case("""
        a = [3, 1, 2]  # keep
        order = a  # keep
        order.sort()  # keep
        ---
        def predict(x):
            return a[0]
    """),
    "two names at once": case("""
        a = b = []  # keep
        b.append(1)  # keep
        ---
        def predict(x):
            return a
    """),
    "in a list": case("""
        a, c = [1], [2]  # keep
        both = [a, c]  # keep
        ---
        for each in both:  # keep
            each.append(0)
        ---
        def predict(x):
            return a
    """),
    "list of one list": case("""
        grid = [[0] * 2] * 3  # keep
        grid[0][1] = 5  # keep
        ---
        def predict(x):
            return grid[2]
    """),
    "row of a list": case("""
        grid = [[0, 0], [1, 1]]  # keep
        row = grid[1]  # keep
        row[0] = 7  # keep
        ---
        def predict(x):
            return grid
    """),
    "in a dict": case("""
        a = [1]  # keep
        d = {"k": a}  # keep
        d["k"].append(2)  # keep
        ---
        def predict(x):
            return a
    """),
    "values of a dict in a loop": case("""
        d = {"a": [], "b": []}  # keep
        for key, value in d.items():  # keep
            value.append(key)
        ---
        def predict(x):
            return d
    """),
    "zip in a loop": case("""
        a, b = [], []  # keep
        for n, each in zip([1, 2], [a, b]):  # keep
            each.append(n)
        for n, each in zip([1, 2], [a, b]):  # drop
            print(n, each)
        ---
        def predict(x):
            return b
    """),
    "attribute": case("""
        class Box:  # keep
            pass
        a = [1]  # keep
        box = Box()  # keep
        box.items = a  # keep
        ---
        box.items.append(3)  # keep
        ---
        def predict(x):
            return a
    """),
    "changed after it was stored": case("""
        class Box:  # keep
            def __init__(self, items):
                self.items = items
        a = [1]  # keep
        box = Box(a)  # keep
        a.append(3)  # keep
        ---
        def predict(x):
            return box.items
    """),
    "returned argument": case("""
        def same(v):  # keep
            return v
        a = [1]  # keep
        b = same(a)  # keep
        b.append(2)  # keep
        ---
        def predict(x):
            return a
    """),
    "conditional": case("""
        a, b = [1], [2]  # keep
        c = a if len(b) == 1 else b  # keep
        c.append(2)  # keep
        ---
        def predict(x):
            return a
    """),
    "or": case("""
        a = [1]  # keep
        c = a or []  # keep
        c += [5]  # keep
        ---
        def predict(x):
            return a
    """),
    "longest": case("""
        a, b = [1, 2], [3]  # keep
        max([a, b], key=len).append(0)  # keep
        ---
        def predict(x):
            return a
    """),
    "closure": case("""
        def make():  # keep
            items = []
            def add(i):
                items.append(i)
                return items
            return add
        add = make()  # keep
        add(1)  # keep
        ---
        def predict(x):
            return list(add(x))
    """),
    "tuple": case("""
        a = [1]  # keep
        pair = (a, 2)  # keep
        pair[0].append(9)  # keep
        ---
        def predict(x):
            return a
    """),
    "starred": case("""
        a, b = [1], [2]  # keep
        first, *rest = [a, b]  # keep
        rest[0].append(4)  # keep
        ---
        def predict(x):
            return b
    """),
    "walrus": case("""
        print(a := [1])  # keep
        (b := a).append(2)  # keep
        ---
        def predict(x):
            return a
    """),
    "with": case("""
        import contextlib  # keep
        a = [1]  # keep
        with contextlib.nullcontext(a) as b:  # keep
            b.append(2)
        ---
        def predict(x):
            return a
    """),
    "match": case("""
        a = [1]  # keep
        match {"k": a}:  # keep
            case {"k": b}:
                b.append(2)
        ---
        def predict(x):
            return a
    """),
    "default mutable argument": case("""
        def remember(x, seen=[]):  # keep
            seen.append(x)
            return list(seen)
        ---
        print(remember("notebook"))  # keep
        ---
        def predict(x):
            return remember(x)
    """),
    "default argument is a list of the notebook": case("""
        history = []  # keep
        def remember(x, seen=history):  # keep
            seen.append(x)
        remember(1)  # keep
        ---
        def predict(x):
            return history
    """),
    "list in a class": case("""
        items = []  # keep
        class Box:  # keep
            shared = items
        Box().shared.append(1)  # keep
        ---
        def predict(x):
            return items
    """),
    "iterator of a list": case("""
        a = [[1], [2]]  # keep
        it = iter(a)  # keep
        next(it).append(5)  # keep
        ---
        def predict(x):
            return a
    """),
}

STORES = {
    "attribute in another cell": case("""
        class Model:  # keep
            rate = 1
        m = Model()  # keep
        ---
        m.rate = 5  # keep
        ---
        def predict(x):
            return m.rate * x
    """),
    "attribute of an attribute": case("""
        from types import SimpleNamespace as NS  # keep
        m = NS(inner=NS(n=1))  # keep
        inner = m.inner  # keep
        inner.n = 4  # keep
        ---
        def predict(x):
            return m.inner.n
    """),
    "attribute deleted": case("""
        from types import SimpleNamespace as NS  # keep
        m = NS(a=1, b=2)  # keep
        del m.b  # keep
        ---
        def predict(x):
            return vars(m)
    """),
    "item of an item": case("""
        d = {"a": {}}  # keep
        d["a"]["b"] = 1  # keep
        e = {}  # drop
        e["a"] = 1  # drop
        ---
        def predict(x):
            return d
    """),
    "item deleted": case("""
        d = {"a": 1, "b": 2}  # keep
        del d["a"]  # keep
        ---
        def predict(x):
            return d
    """),
    "slice": case("""
        w = [1, 2, 3]  # keep
        w[1:] = []  # keep
        ---
        def predict(x):
            return w
    """),
    "property that sets another": case("""
        class Model:  # keep
            @property
            def rate(self):
                return self._rate
            @rate.setter
            def rate(self, value):
                self._rate = value
                log.append(value)
        log = []  # keep
        m = Model()  # keep
        m.rate = 3  # keep
        ---
        def predict(x):
            return log
    """),
    "class attribute counts": case("""
        class Model:  # keep
            made = 0
            def __init__(self):
                Model.made += 1
        Model()  # keep
        junk = Model()  # keep
        ---
        def predict(x):
            return Model.made
    """),
    "method put on a class": case("""
        class Model:  # keep
            def answer(self, x):
                return x
        m = Model()  # keep
        ---
        Model.answer = lambda self, x: x * 10  # keep
        ---
        def predict(x):
            return m.answer(x)
    """),
    "augmented list": case("""
        a = [1]  # keep
        b = a  # keep
        b += [2]  # keep
        ---
        def predict(x):
            return a
    """),
    "augmented number": case("""
        n = 1  # keep
        n += 2  # keep
        m = 5  # drop
        m *= 3  # drop
        ---
        def predict(x):
            return n
    """),
    "augmented by __iadd__": case("""
        class Bag:  # keep
            def __init__(self):
                self.items = []
            def __iadd__(self, item):
                self.items.append(item)
                return self
        bag = Bag()  # keep
        other = bag  # keep
        other += 3  # keep
        ---
        def predict(x):
            return bag.items
    """),
    "augmented item": case("""
        d = {"n": 0}  # keep
        for i in range(4):  # keep
            d["n"] += i
        ---
        def predict(x):
            return d["n"]
    """),
    "deleted and bound again": case("""
        w = [1]  # drop
        del w
        w = [2]  # keep
        ---
        def predict(x):
            return w
    """),
    "builtin given back": case("""
        max = 5
        print(max)
        del max
        ---
        def predict(x):
            return max(x, 1)
    """),
    "overwritten": case("""
        w = sum(range(100))  # drop
        ---
        w = 3  # keep
        ---
        def predict(x):
            return w
    """),
    "overwritten only perhaps": case("""
        w = 3  # keep
        if len("abc") > 5:  # keep
            w = 4
        ---
        def predict(x):
            return w
    """),
    "changed below predict": case("""
        w = [1]  # keep
        ---
        def predict(x):
            return w
        predict(1)
        ---
        w.append(2)  # keep
        late = w + [1]  # drop
    """),
}

RANDOM = {
    "draw between seed and use": case("""
        import random  # keep
        random.seed(7)  # keep
        ---
        print(random.random())  # keep
        ---
        w = random.random()  # keep
        def predict(x):
            return w
    """),
    "draw after the last use": case("""
        import random  # keep
        random.seed(7)  # keep
        w = random.random()  # keep
        late = random.random()  # drop
        ---
        def predict(x):
            return w
    """),
    "seeded again": case("""
        import random  # keep
        random.seed(1)  # drop
        a = random.random()  # drop
        random.seed(2)  # keep
        w = random.random()  # keep
        ---
        def predict(x):
            return w
    """),
    "draw of a function": case("""
        import random  # keep
        random.seed(1)  # keep
        def jitter(v):  # keep
            return v + random.random()
        shown = jitter(1)  # keep
        w = jitter(2)  # keep
        ---
        def predict(x):
            return w
    """),
    "draws in a loop": case("""
        import random  # keep
        random.seed(1)  # keep
        for _ in range(3):  # keep
            if random.random() > 0.5:
                print("heads")
        w = random.randint(0, 99)  # keep
        ---
        def predict(x):
            return w
    """),
    "generators of their own": case("""
        import random  # keep
        rng = random.Random(1)  # keep
        other = random.Random(2)  # drop
        rng.random()  # keep
        other.random()  # drop
        w = rng.random()  # keep
        ---
        def predict(x):
            return w
    """),
    "generator used when it serves": case("""
        import random  # keep
        rng = random.Random(1)  # keep
        print(rng.random())  # keep
        ---
        def predict(x):
            return rng.random()
    """),
    "shuffled": case("""
        import random  # keep
        random.seed(3)  # keep
        deck = list(range(9))  # keep
        copy = deck[:]
        random.shuffle(copy)  # keep
        random.shuffle(deck)  # keep
        ---
        def predict(x):
            return deck
    """),
    "state saved and given back": case("""
        import random  # keep
        random.seed(3)  # keep
        state = random.getstate()  # keep
        random.random()
        random.setstate(state)  # keep
        w = random.random()  # keep
        ---
        def predict(x):
            return w
    """),
    "drawn only under a condition": case("""
        import random  # keep
        random.seed(3)  # keep
        verbose = True  # keep
        if verbose:  # keep
            print(random.choice("abc"))
        w = random.random()  # keep
        ---
        def predict(x):
            return w
    """),
    "no generator of anybody": case("""
        import uuid  # drop
        import random  # keep
        random.seed(3)  # keep
        run = uuid.uuid4()  # drop
        w = random.random()  # keep
        ---
        def predict(x):
            return w
    """),
    "nothing drawn is kept": case("""
        import random  # drop
        random.seed(3)  # drop
        sample = random.sample(range(9), 2)  # drop
        print(sample)  # drop
        ---
        w = 3  # keep
        def predict(x):
            return w
    """),
    "imported function": case("""
        from random import seed, random as draw  # keep
        seed(1)  # keep
        draw()  # keep
        w = draw()  # keep
        ---
        def predict(x):
            return w
    """),
}

PROCESS = {
    "environment variable": case("""
        import os  # keep
        os.environ["MODE"] = "fast"  # keep
        os.environ["UNUSED"] = "1"
        ---
        w = len(os.environ.get("MODE", ""))  # keep
        def predict(x):
            return w
    """),
    "environment variable when it serves": case("""
        import os  # keep
        os.environ["MODE"] = "fast"  # keep
        ---
        def predict(x):
            return os.environ.get("MODE")
    """),
    "environment variable deleted": case("""
        import os  # keep
        os.environ["MODE"] = "fast"
        os.environ.pop("MODE", None)  # keep
        w = os.environ.get("MODE", "none")  # keep
        ---
        def predict(x):
            return w
    """),
    "decimal precision": case("""
        from decimal import Decimal, getcontext  # keep
        getcontext().prec = 4  # keep
        w = Decimal(1) / 7  # keep
        ---
        def predict(x):
            return w
    """),
    "decimal precision when it serves": case("""
        from decimal import Decimal, getcontext  # keep
        getcontext().prec = 4  # keep
        ---
        def predict(x):
            return Decimal(1) / 7
    """),
    "locale": case("""
        import locale  # keep
        locale.setlocale(locale.LC_ALL, "C")  # keep
        w = locale.format_string("%d", 12345, grouping=True)  # keep
        ---
        def predict(x):
            return w
    """),
    "warnings become errors": case("""
        import warnings  # keep
        warnings.simplefilter("error")  # keep
        ---
        try:  # keep
            warnings.warn("old")
            w = 1
        except UserWarning:
            w = 2
        ---
        def predict(x):
            return w
    """),
    "folder changed before a read": case(
        """
        import os  # keep
        os.chdir("data")  # keep
        w = open("in.txt").read()  # keep
        ---
        def predict(x):
            return w
    """,
        files={"data/in.txt": "7"},
    ),
    "search path changed before an import": case(
        """
        import sys  # keep
        sys.path.append("lib")  # keep
        import deep_helper  # keep
        w = deep_helper.value  # keep
        ---
        def predict(x):
            return w
    """,
        files={"lib/deep_helper.py": "value = 4\n"},
    ),
    "module attribute": case("""
        import math  # keep
        math.tau = 3  # keep
        w = math.tau  # keep
        ---
        def predict(x):
            return w
    """),
    "module attribute when it serves": case("""
        import math  # keep
        math.tau = 3  # keep
        ---
        def predict(x):
            return math.tau * x
    """),
    "module attribute by another name": case("""
        import math as m  # keep
        import math  # keep
        m.e = 3  # keep
        w = math.e  # keep
        ---
        def predict(x):
            return w
    """),
    "function of a module replaced": case("""
        import json  # keep
        real = json.dumps  # keep
        def louder(value):  # keep
            return real(value).upper()
        json.dumps = louder  # keep
        w = json.dumps("a")  # keep
        ---
        def predict(x):
            return w
    """),
    "logging": case("""
        import logging
        logging.basicConfig(level=logging.ERROR)
        log = logging.getLogger("notebook")
        log.info("begins")
        ---
        w = 3  # keep
        def predict(x):
            return w
    """),
    "limit of recursion": case("""
        import sys  # keep
        sys.setrecursionlimit(3000)  # keep
        w = sys.getrecursionlimit()  # keep
        ---
        def predict(x):
            return w
    """),
    "file written and read": case("""
        with open("w.txt", "w") as f:  # keep
            f.write("12")
        with open("other.txt", "w") as f:
            f.write("13")
        ---
        w = int(open("w.txt").read())  # keep
        ---
        def predict(x):
            return w
    """),
    "path written and read": case("""
        from pathlib import Path  # keep
        folder = Path("made")  # keep
        folder.mkdir(exist_ok=True)  # keep
        (folder / "w.txt").write_text("5")  # keep
        ---
        w = (folder / "w.txt").read_text()  # keep
        def predict(x):
            return w
    """),
    "pickled and loaded": case("""
        import pickle  # keep
        best = {"a": 1}  # keep
        with open("m.pkl", "wb") as f:  # keep
            pickle.dump(best, f)
        ---
        with open("m.pkl", "rb") as f:  # keep
            w = pickle.load(f)
        def predict(x):
            return w
    """),
    "pickled at the end": case("""
        import pickle  # drop
        w = {"a": 1}  # keep
        ---
        pickle.dumps(w)  # drop
        ---
        def predict(x):
            return w
    """),
    "file removed": case(
        """
        import os  # keep
        open("w.txt", "w").close()  # keep
        os.remove("w.txt")  # keep
        w = os.path.exists("w.txt")  # keep
        ---
        def predict(x):
            return w
    """,
        files={"w.txt": ""},
    ),
    "time": case("""
        import time  # drop
        start = time.time()  # drop
        w = 3  # keep
        print(time.time() - start)  # drop
        ---
        def predict(x):
            return w
    """),
}

IMPORTS = {
    "unused": case("""
        import json  # drop
        import os, sys  # drop
        from collections import OrderedDict as Ordered  # drop
        ---
        def predict(x):
            return x
    """),
    "in try": case("""
        try:  # keep
            import no_such_module as fast
        except ImportError:
            fast = None
        ---
        w = 1 if fast else 2  # keep
        def predict(x):
            return w
    """),
    "in try, the second of two": case("""
        try:  # keep
            from no_such_module import loads
        except ImportError:
            from json import loads
        ---
        w = loads("[1]")  # keep
        def predict(x):
            return loads(str(w))
    """),
    "star": case("""
        from math import *  # keep
        w = floor(2.5)  # keep
        ---
        def predict(x):
            return sqrt(x) + w
    """),
    "star that takes a name over": case("""
        e = 3
        from math import *  # keep
        w = e  # keep
        ---
        def predict(x):
            return w
    """),
    "under a condition": case("""
        import sys  # keep
        if sys.version_info >= (3, 0):  # keep
            import json as codec
        else:
            import simplejson as codec
        ---
        w = codec.dumps([1])  # keep
        def predict(x):
            return w
    """),
    "by name": case("""
        import importlib  # keep
        m = importlib.import_module("math")  # keep
        w = m.floor(3.2)  # keep
        ---
        def predict(x):
            return w
    """),
    "local module": case(
        """
        import flow_helper  # keep
        w = flow_helper.twice(4)  # keep
        print(flow_helper.twice(1))  # drop
        ---
        def predict(x):
            return w
    """,
        files={"flow_helper.py": "def twice(x):\n    return 2 * x\n"},
    ),
    "local module with a state": case(
        """
        import flow_state  # keep
        flow_state.add(4)  # keep
        ---
        w = flow_state.total()  # keep
        def predict(x):
            return w
    """,
        files={"flow_state.py": "_seen = []\ndef add(x):\n    _seen.append(x)\ndef total():\n    return sum(_seen)\n"},
    ),
    "local module that is set up": case(
        """
        import flow_config  # keep
        from flow_reader import read  # keep
        flow_config.rate = 9  # keep
        w = read()  # keep
        ---
        def predict(x):
            return w
    """,
        files={
            "flow_config.py": "rate = 1\n",
            "flow_reader.py": "import flow_config\ndef read():\n    return flow_config.rate\n",
        },
    ),
    "local module that does something": case(
        """
        import random  # keep
        random.seed(4)  # keep
        import flow_draws  # keep
        w = random.random()  # keep
        ---
        def predict(x):
            return w
    """,
        files={"flow_draws.py": "import random\nshown = random.random()\n"},
    ),
    "inside of a function": case("""
        def root(x):  # keep
            import math
            return math.sqrt(x)
        import math  # drop
        ---
        w = root(4)  # keep
        def predict(x):
            return w
    """),
    "plotting only": case(
        """
        import matplotlib.pyplot as plt  # drop
        import seaborn as sns  # drop
        sns.set_theme()  # drop
        plt.rcParams["figure.figsize"] = (3, 2)  # drop
        ---
        w = [1, 2]  # keep
        plt.plot(w)  # drop
        plt.title("w")  # drop
        sns.histplot(w)  # drop
        plt.show()  # drop
        ---
        def predict(x):
            return w
    """,
        runs=False,
    ),
    "future": case("""
        from __future__ import annotations  # keep
        def typed(x: NoSuchType) -> int:  # keep
            return x
        ---
        def predict(x: AlsoNot):
            return typed(x)
    """),
}

CONTROL = {
    "if with what is needed": case("""
        big = 5  # keep
        if big > 3:  # keep
            w = 1
            print("big")
        else:
            w = 2
        if big > 3:  # drop
            print("big")
        ---
        def predict(x):
            return w
    """),
    "for with else": case("""
        for i in range(5):  # keep
            if i == 9:
                break
        else:
            w = "none"
        ---
        def predict(x):
            return w, i
    """),
    "while": case("""
        n = 0  # keep
        steps = 0  # drop
        while n < 5:  # keep
            n += 2
        while steps < 5:  # drop
            steps += 1
        ---
        def predict(x):
            return n
    """),
    "try": case("""
        def risky(v):  # keep
            raise ValueError(v)
        try:  # keep
            risky(1)
        except ValueError as error:
            w = str(error)
        finally:
            done = True
        ---
        def predict(x):
            return w, done
    """),
    "try whose failing line looks useless": case("""
        settings = {}  # keep
        try:  # keep
            settings["no"]
            w = 1
        except KeyError:
            w = 2
        ---
        def predict(x):
            return w
    """),
    "with": case("""
        import contextlib  # keep
        state = {"on": False}  # keep
        @contextlib.contextmanager
        def switched():  # keep
            state["on"] = True
            yield
            state["on"] = False
        ---
        with switched():  # keep
            w = state["on"]
        with contextlib.suppress(KeyError):  # drop
            print({}["a"])
        ---
        def predict(x):
            return w
    """),
    "with that leaves a trace": case("""
        seen = []  # keep
        class Scope:  # keep
            def __enter__(self):
                return self
            def __exit__(self, *_):
                seen.append("left")
        with Scope():  # keep
            print("inside")
        ---
        def predict(x):
            return seen
    """),
    "match": case("""
        command = ["go", 3]  # keep
        match command:  # keep
            case ["go", n]:
                w = n
            case _:
                w = 0
        ---
        def predict(x):
            return w
    """),
    "loop variable": case("""
        for w in [1, 2, 3]:  # keep
            pass
        for other in [1, 2, 3]:  # drop
            pass
        ---
        def predict(x):
            return w
    """),
    "comprehension has names of its own": case("""
        w = 7  # keep
        [w for w in range(3)]  # drop
        (lambda w: w + 1)(2)  # drop
        ---
        def predict(x):
            return w
    """),
    "walrus leaves a comprehension": case("""
        w = 7
        any((w := i) > 1 for i in range(4))  # keep
        ---
        def predict(x):
            return w
    """),
    "assert": case("""
        w = [1]  # keep
        assert len(w) == 1  # drop
        assert w.pop() == 1, "changes it"  # keep
        ---
        def predict(x):
            return w
    """),
    "main": case("""
        w = 1
        if __name__ == "__main__":  # keep
            w = 2
        ---
        def predict(x):
            return w
    """),
    "best of several": case("""
        best, best_score = None, -1  # keep
        scores = []  # keep
        for name in ["aa", "b", "cccc"]:  # keep
            score = len(name)
            scores.append(score)
            if score > best_score:
                best, best_score = name, score
        print(scores)  # drop
        ---
        def predict(x):
            return best
    """),
}

FUNCTIONS = {
    "globals, transitively": case("""
        rate = 3  # keep
        unused = 4  # drop
        def inner(x):  # keep
            return x * rate
        def outer(x):  # keep
            return inner(x) + 1
        ---
        w = outer(2)  # keep
        def predict(x):
            return outer(x) + w
    """),
    "writes a global": case("""
        count = 0  # keep
        def tick():  # keep
            global count
            count += 1
        tick()  # keep
        tick()  # keep
        ---
        def predict(x):
            return count
    """),
    "binds a global that nothing else binds": case("""
        def setup():  # keep
            global w
            w = 5
        setup()  # keep
        ---
        def predict(x):
            return w
    """),
    "changes a global list": case("""
        log = []  # keep
        def note(text):  # keep
            log.append(text)
            return text
        print(note("a"))  # keep
        ---
        def predict(x):
            return len(log)
    """),
    "changes a global through another function": case("""
        log = []  # keep
        def note(text):  # keep
            log.append(text)
        def work(n):  # keep
            note(n)
            return n
        unused = work(3)  # keep
        ---
        def predict(x):
            return log
    """),
    "read late": case("""
        n = 1  # drop
        late = lambda x: x + n  # keep
        n = 2  # keep
        w = late(1)  # keep
        ---
        def predict(x):
            return w
    """),
    "default is read at once": case("""
        n = 1  # keep
        def early(x, n=n):  # keep
            return x + n
        n = 2  # drop
        w = early(1)  # keep
        ---
        def predict(x):
            return w
    """),
    "defined again": case("""
        def scale(x):
            return x * 2
        w = scale(3)  # keep
        def scale(x):
            return x * 5
        ---
        def predict(x):
            return scale(x) + w
    """),
    "used by what was defined before it": case("""
        def a(x):  # keep
            return b(x) + 1
        def b(x):  # keep
            return x * 2
        w = a(2)  # keep
        ---
        def predict(x):
            return w
    """),
    "closure that counts": case("""
        def counter():  # keep
            n = 0
            def tick():
                nonlocal n
                n += 1
                return n
            return tick
        tick = counter()  # keep
        tick()  # keep
        print(tick())  # keep
        ---
        def predict(x):
            return tick()
    """),
    "decorator that registers": case("""
        handlers = {}  # keep
        def handler(name):  # keep
            def register(f):
                handlers[name] = f
                return f
            return register
        ---
        @handler("double")
        def double(x):  # keep
            return 2 * x
        ---
        def predict(x):
            return handlers["double"](x)
    """),
    "decorator that wraps": case("""
        calls = []  # keep
        def traced(f):  # keep
            def wrapper(*args):
                calls.append(f.__name__)
                return f(*args)
            return wrapper
        @traced
        def double(x):  # keep
            return 2 * x
        double(1)  # keep
        ---
        def predict(x):
            return len(calls)
    """),
    "cached": case("""
        import functools  # keep
        runs = []  # keep
        @functools.lru_cache
        def slow(x):  # keep
            runs.append(x)
            return len(runs)
        slow(1)  # keep
        w = slow(2)  # keep
        ---
        def predict(x):
            return w
    """),
    "recursive": case("""
        def down(n):  # keep
            return 1 if n <= 0 else n * down(n - 1)
        w = down(4)  # keep
        ---
        def predict(x):
            return w + down(x)
    """),
    "attribute of a function": case("""
        def f(x):  # keep
            f.calls += 1
            return x
        f.calls = 0  # keep
        f(1)  # keep
        ---
        w = f.calls  # keep
        def predict(x):
            return w
    """),
    "passed on": case("""
        w = []  # keep
        def each(f, items):  # keep
            for item in items:
                f(item)
        def keep(item):  # keep
            w.append(item)
        each(keep, [1, 2])  # keep
        each(print, [1, 2])  # drop
        ---
        def predict(x):
            return w
    """),
    "hooks": case("""
        hooks, w = [], []  # keep
        def hook():  # keep
            w.append(1)
        hooks.append(hook)  # keep
        def run():  # keep
            for h in hooks:
                h()
        run()  # keep
        ---
        def predict(x):
            return w
    """),
    "partial": case("""
        from functools import partial  # keep
        w = []  # keep
        def put(into, what):  # keep
            into.append(what)
        add = partial(put, w)  # keep
        add(4)  # keep
        ---
        def predict(x):
            return w
    """),
    "single dispatch": case("""
        from functools import singledispatch  # keep
        @singledispatch
        def show(x):  # keep
            return "any"
        @show.register
        def _(x: int):  # keep
            return "int"
        w = show(3)  # keep
        ---
        def predict(x):
            return w
    """),
    "pure and not used": case("""
        def rmse(a, b):  # drop
            return sum((i - j) ** 2 for i, j in zip(a, b)) ** 0.5
        error = rmse([1, 2], [2, 3])  # drop
        print(f"error {error:.2f}")  # drop
        ---
        w = 2  # keep
        def predict(x):
            return w
    """),
    "lazy generator reads late": case("""
        n = 1
        g = (i + n for i in range(3))  # keep
        n = 10  # keep
        w = list(g)  # keep
        ---
        def predict(x):
            return w
    """),
}

CLASSES = {
    "inheritance": case("""
        class Base:  # keep
            factor = 2
            def run(self, x):
                return x * self.factor
        class Child(Base):  # keep
            def run(self, x):
                return super().run(x) + 1
        Base.factor = 5  # keep
        m = Child()  # keep
        ---
        def predict(x):
            return m.run(x)
    """),
    "subclass that registers itself": case("""
        class Plugin:  # keep
            known = []
            def __init_subclass__(cls):
                Plugin.known.append(cls.__name__)
        class One(Plugin):  # keep
            pass
        ---
        w = list(Plugin.known)  # keep
        def predict(x):
            return w
    """),
    "metaclass": case("""
        names = []  # keep
        class Meta(type):  # keep
            def __init__(cls, name, bases, body):
                names.append(name)
        class One(metaclass=Meta):  # keep
            pass
        ---
        def predict(x):
            return names
    """),
    "class decorator": case("""
        known = []  # keep
        def register(cls):  # keep
            known.append(cls.__name__)
            return cls
        @register
        class One:  # keep
            pass
        ---
        def predict(x):
            return known
    """),
    "dataclass": case("""
        from dataclasses import dataclass, field  # keep
        @dataclass
        class Config:  # keep
            rate: int = 1
            tags: list = field(default_factory=list)
        config = Config()  # keep
        config.tags.append("a")  # keep
        ---
        def predict(x):
            return config.rate, config.tags
    """),
    "class body with effects": case("""
        log = []  # keep
        class Box:  # keep
            log.append("defined")
            size = len(log)
        ---
        def predict(x):
            return log
    """),
    "item access that remembers": case("""
        class Cache:  # keep
            def __init__(self):
                self.seen = []
            def __getitem__(self, key):
                self.seen.append(key)
                return key
        cache = Cache()  # keep
        cache["a"]  # keep
        ---
        def predict(x):
            return cache.seen
    """),
    "class method": case("""
        class Model:  # keep
            made = []
            @classmethod
            def create(cls, n):
                cls.made.append(n)
                return cls()
        Model.create(3)  # keep
        ---
        def predict(x):
            return Model.made
    """),
    "attribute read through a method": case("""
        class Model:  # keep
            def fit(self, data):
                self.mean = sum(data) / len(data)
                return self
            def answer(self, x):
                return x - self.mean
        m = Model()  # keep
        data = [1, 2, 3]  # keep
        m.fit(data)  # keep
        m.answer(3)  # drop
        ---
        def predict(x):
            return m.answer(x)
    """),
    "two instances": case("""
        class Model:  # keep
            def __init__(self):
                self.items = []
            def add(self, i):
                self.items.append(i)
        a, b = Model(), Model()  # keep
        a.add(1)  # keep
        b.add(2)
        ---
        def predict(x):
            return a.items
    """),
    "repr that counts": case("""
        class Box:  # keep
            shown = 0
            def __repr__(self):
                self.shown += 1
                return "Box"
        box = Box()  # keep
        print(box)  # keep
        ---
        def predict(x):
            return box.shown
    """),
}

DYNAMIC = {
    "exec": case(
        """
        a = 1  # keep
        ---
        exec("w = a + 1")  # keep
        ---
        def predict(x):
            return w
    """,
        whole=True,
    ),
    "exec of what is computed": case(
        """
        a = 1  # keep
        text = "w = a " + "+ 1"  # keep
        exec(text)  # keep
        ---
        def predict(x):
            return w
    """,
        whole=True,
    ),
    "eval": case(
        """
        a = 4  # keep
        w = eval("a * 2")  # keep
        ---
        def predict(x):
            return w
    """,
        whole=True,
    ),
    "globals written": case(
        """
        for name in ["u", "v"]:  # keep
            globals()[name] = len(name)
        ---
        def predict(x):
            return u + v
    """,
        whole=True,
    ),
    "globals read": case(
        """
        a = 4  # keep
        w = globals()["a"]  # keep
        ---
        def predict(x):
            return w
    """,
        whole=True,
    ),
    "vars": case(
        """
        vars()["w"] = 3  # keep
        ---
        def predict(x):
            return w
    """,
        whole=True,
    ),
    "main module": case(
        """
        import __main__  # keep
        w = 1
        __main__.w = 3  # keep
        ---
        def predict(x):
            return w
    """,
        whole=True,
    ),
    "main module by setattr": case(
        """
        import sys  # keep
        setattr(sys.modules["__main__"], "w", 3)  # keep
        ---
        def predict(x):
            return w
    """,
        whole=True,
    ),
    "%time": case("""
        %time w = sum(range(5))  # keep
        %time sum(range(9))
        ---
        %%time
        v = w + 1  # keep
        ---
        def predict(x):
            return v
    """),
    "%matplotlib and others": case("""
        %matplotlib inline
        %config InlineBackend.figure_format = "retina"
        w = 3  # keep
        ---
        %timeit w + 1
        ---
        def predict(x):
            return w
    """),
    "%%capture": case("""
        %%capture
        w = 5  # keep
        print(w)  # drop
        ---
        def predict(x):
            return w
    """),
    "shell output": case("""
        lines = !echo one  # keep
        w = len(lines)  # keep
        ---
        def predict(x):
            return w
    """),
}

CASES: dict[str, Case] = {
    f"{group}: {name}": each
    for group, table in {
        "mutation": MUTATION,
        "aliases": ALIASES,
        "stores": STORES,
        "random": RANDOM,
        "process": PROCESS,
        "imports": IMPORTS,
        "control": CONTROL,
        "functions": FUNCTIONS,
        "classes": CLASSES,
        "dynamic": DYNAMIC,
    }.items()
    for name, each in table.items()
}
