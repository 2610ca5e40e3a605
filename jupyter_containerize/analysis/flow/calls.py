"""Follows one call: into the notebook's own functions, and by what is known of libraries elsewhere."""

from __future__ import annotations

import ast

from jupyter_containerize.analysis.flow.effects import Arguments, apply, changes_unseen, chosen, either, unknown
from jupyter_containerize.analysis.flow.machine import ITERATORS, Machine, join
from jupyter_containerize.analysis.flow.names import Names, names_in
from jupyter_containerize.analysis.flow.values import PLAIN, Class, Function, FunctionLike, Scope, Value
from jupyter_containerize.analysis.knowledge import Effect

# How often one function is followed for one statement, with other arguments each time, when it may be called.
_MOST_WALKS = 2
_BY_LIBRARY = frozenset({"__init__", "__new__", "__init_subclass__", "__class_getitem__"})


def call(machine: Machine, callee: Value, arguments: Arguments) -> Value:
    """Return what calling a value gives."""
    results: list[Value] = []
    others = False
    heap = machine.heap
    for region in sorted(callee.regions):
        if region in heap.functions:
            results.append(enter(machine, heap.functions[region], arguments))
        elif region in heap.classes:
            results.append(construct(machine, region, heap.classes[region], arguments))
        elif region in heap.methods:
            results.append(call_method(machine, *heap.methods[region], arguments))
        else:
            others = True
    if results and not callee.dotted:
        # What else it may be holds these (functools.partial, a decorated function): calling that calls them.
        if others:
            _call_object(machine, callee, arguments)
        return join(results)
    if callee.dotted:
        return call_library(machine, callee.dotted, arguments)
    return _call_object(machine, callee, arguments)


def call_library(machine: Machine, dotted: str, arguments: Arguments) -> Value:
    """Return what a library's function or class gives."""
    machine.spent += 1
    root = dotted.partition(".")[0]
    effect = machine.knowledge.function(dotted)
    for patch in machine.patched.values():
        call(machine, patch, arguments)
    _may_call(machine, arguments.all, deep=effect is None)
    if effect is None or changes_unseen(effect, arguments):
        return unknown(machine, None, arguments, root=root, name=dotted)
    _go_through(machine, effect, None, arguments)
    return apply(machine, effect, None, arguments, root=root, dotted=dotted)


def call_method(machine: Machine, receiver: Value, name: str, arguments: Arguments) -> Value:
    """Return what a method of an object gives."""
    machine.spent += 1
    results, complete = _of_the_notebook(machine, receiver, name, arguments)
    if complete:
        return join(results)
    classes = machine.classes_of(receiver)
    effect = None
    kinds = [base for kind in classes for base in kind.bases] or [receiver.type]
    for kind in kinds:
        effect = method_of(machine, kind, name) if kind else None
        if effect is None:
            break
    if effect is None and not classes and not receiver.type:
        effect = machine.knowledge.any_method(name)
    _may_call(machine, arguments.all, deep=effect is None)
    if effect is None or "." in receiver.type or not receiver.type:
        # Only a builtin container is known to call nothing that it holds.
        _may_call(machine, [receiver], deep=True, beside=arguments.all)
    root = next((kind.partition(".")[0] for kind in kinds if "." in kind), "builtins" if receiver.type else "")
    if effect is None or changes_unseen(effect, arguments):
        return unknown(machine, receiver, arguments, root=root, name=name)
    _go_through(machine, effect, receiver, arguments)
    return apply(machine, effect, receiver, arguments, root=root)


def _of_the_notebook(machine: Machine, receiver: Value, name: str, arguments: Arguments) -> tuple[list[Value], bool]:
    """Return what the notebook's own code gives under that name, and whether that is all that it can be."""
    heap = machine.heap
    stored = [value for region in receiver.regions if (value := heap.attributes.get((region, name))) is not None]
    # What was stored there, and not a method of the class: self.layer(x).
    results = [call(machine, join(stored), arguments)] if stored else []
    instances = receiver.regions & heap.instances.keys()
    complete = bool(stored) and len(stored) >= len(instances or receiver.regions)
    classes = machine.classes_of(receiver)
    methods = [] if complete else [method for kind in classes for method in kind.methods.get(name, ())]
    results += [enter(machine, method, arguments, receiver=receiver) for method in methods]
    return results, complete or (bool(methods) and all(name in kind.methods for kind in classes))


def method_of(machine: Machine, kind: str, name: str) -> Effect | None:
    """Return what a method does; a type can be one of several, ``numpy.ndarray|pandas.DataFrame``."""
    if "|" not in kind:
        return machine.knowledge.method(kind, name)
    # One without the method would fail, so it is not that one.
    found = [effect for one in kind.split("|") if (effect := machine.knowledge.method(one, name)) is not None]
    return either(found) if found else None


def _go_through(machine: Machine, effect: Effect, receiver: Value | None, arguments: Arguments) -> None:
    # What changes an iterator takes from it: next().
    for value in (*chosen(effect.consumes, receiver, arguments), *chosen(effect.changes, receiver, arguments)):
        use_up(machine, value)


def use_up(machine: Machine, value: Value) -> None:
    """Note that iterating takes from an iterator, from those inside (zip of two), and runs what they run."""
    if value.type and value.type.partition("[")[0] not in ITERATORS:
        effect = machine.knowledge.method(value.type, "__iter__")
        if effect is not None and effect.draws:
            machine.draw(value.held if "held" in effect.draws else effect.draws)
        return
    heap = machine.heap
    inside = value.regions | heap.content(value.regions)
    used = inside & heap.iterators
    machine.trace.changes |= used
    # A generator's body, the function of a map: they run as somebody reads.
    if used and (heap.functions or heap.methods):
        _may_call(machine, [Value(regions=inside)], deep=False)


def enter(machine: Machine, function: Function, arguments: Arguments, *, receiver: Value | None = None) -> Value:
    """Follow the notebook's function with these arguments and return what it gives."""
    machine.spent += 5
    given = arguments.all if receiver is None else [receiver, *arguments.all]
    if machine.exhausted or function in machine.running:
        machine.change_deeply(given)
        return machine.fresh("", [*given, function.defaults])
    scope = Scope(
        parent=function.scope,
        local=names_of(machine, function.node).local,
        declared_global=names_of(machine, function.node).declared_global,
        region=machine.heap.new(),
    )
    _bind_parameters(machine, function, scope, arguments, receiver)
    machine.running.append(function)
    try:
        machine.run_body(machine, function, scope)
    finally:
        machine.running.pop()
    return _given_back(machine, function, scope)


def construct(machine: Machine, region: int, kind: Class, arguments: Arguments) -> Value:
    """Return a new instance of the notebook's class."""
    content = [Value(regions=frozenset({region})), *arguments.all]
    instance = machine.fresh("", content)
    machine.heap.instances[next(iter(instance.regions))] = {region}
    for name in ("__new__", "__init__", "__post_init__"):
        for method in kind.methods.get(name, ()):
            enter(machine, method, arguments, receiver=instance)
    for base in kind.bases:
        effect = machine.knowledge.function(base) if base else None
        if effect is None:
            unknown(machine, instance, arguments, root=base.partition(".")[0], name=base)
        else:
            made = apply(machine, effect, None, arguments, root=base.partition(".")[0])
            instance = Value(instance.regions, instance.type, "", instance.held | made.held)
    return instance


def call_special(machine: Machine, values: list[Value]) -> None:
    """Follow the special methods of the notebook's classes that an operator may call on the values."""
    for value in values:
        for kind in machine.classes_of(value) if machine.heap.instances else ():
            for name, methods in kind.methods.items():
                if name.startswith("__") and name not in _BY_LIBRARY:
                    for method in methods:
                        _walk(machine, method, [value, *values], receiver=value)


def walk_all(machine: Machine, value: Value) -> None:
    """Follow every function that a value is or holds, and the methods of every instance, as somebody else may."""
    heap = machine.heap
    reached = heap.reach(value.regions)
    made = [kind for region in reached for kind in heap.instances.get(region, ())]
    for region in sorted((reached & heap.classes.keys()) - set(made)):
        _may_make(machine, region, [value])
    _may_call(machine, [value], deep=True)


def _call_object(machine: Machine, callee: Value, arguments: Arguments) -> Value:
    machine.spent += 1
    classes = machine.classes_of(callee)
    results = []
    for kind in classes:
        for name in ("__call__", "forward", "call"):
            results += [enter(machine, method, arguments, receiver=callee) for method in kind.methods.get(name, ())]
    kinds = [base for kind in classes for base in kind.bases] or [callee.type]
    effects = [machine.knowledge.call(kind) if kind else None for kind in kinds]
    if results and all(effect is not None for effect in effects):
        return join([apply(machine, e, callee, arguments, root="") for e in effects if e is not None] + results)
    if results and not any(kind.bases for kind in classes):
        return join(results)
    _may_call(machine, [callee, *arguments.all], deep=True)
    effect = effects[0] if len(effects) == 1 else None
    if effect is not None:
        return apply(machine, effect, callee, arguments, root=kinds[0].partition(".")[0])
    root = callee.type.partition(".")[0] if "." in callee.type else ""
    return unknown(machine, callee, arguments, root=root, name=callee.type)


def _may_call(machine: Machine, values: list[Value], *, deep: bool, beside: list[Value] | None = None) -> None:
    """Follow the functions among the values, and the methods of instances, that whoever gets them may call."""
    if not (machine.heap.functions or machine.heap.classes or machine.heap.methods):
        return
    everything = [*values, *(beside or ())]
    if machine.exhausted:
        machine.change_deeply(everything)
        return
    for value in values:
        regions = machine.heap.reach(value.regions) if deep else value.regions
        for region in sorted(regions):
            function = machine.heap.functions.get(region)
            if function is not None and not function.in_class:
                _walk(machine, function, everything)
            if deep and region in value.regions and region in machine.heap.classes:
                _may_make(machine, region, everything)
            if region in machine.heap.methods and ("method", region) not in machine.walked:
                machine.walked.add(("method", region))
                receiver, name = machine.heap.methods[region]
                call_method(machine, receiver, name, Arguments(rest=everything))
            for kind in sorted(machine.heap.instances.get(region, ())):
                _walk_methods(machine, kind, Value(regions=frozenset({region})), everything, deep=deep)


def _may_make(machine: Machine, region: int, values: list[Value]) -> None:
    """Follow a class that somebody else may make instances of, and call their methods."""
    if ("class", region) not in machine.walked:
        machine.walked.add(("class", region))
        instance = construct(machine, region, machine.heap.classes[region], Arguments(rest=values))
        _walk_methods(machine, region, instance, values, deep=True)


def _walk_methods(machine: Machine, kind: int, instance: Value, values: list[Value], *, deep: bool) -> None:
    for name, methods in machine.heap.classes[kind].methods.items():
        if name not in _BY_LIBRARY and (deep or name.startswith("__")):
            for method in methods:
                _walk(machine, method, values, receiver=instance)


def _walk(machine: Machine, function: Function, values: list[Value], receiver: Value | None = None) -> Value:
    anything = join(values)
    some = Value(regions=machine.heap.reach(anything.regions), held=anything.held)
    key = (id(function), some.regions, receiver)
    if key in machine.walked:
        return PLAIN
    machine.walked.add(key)
    times = machine.times[id(function)] = machine.times.get(id(function), 0) + 1
    if times > _MOST_WALKS:
        # Its arguments grow with every round; that it may change them all is known without another.
        machine.change_deeply([some, *([] if receiver is None else [receiver])])
        return some
    return enter(machine, function, Arguments(rest=[some]), receiver=receiver)


def _bind_parameters(
    machine: Machine, function: Function, scope: Scope, arguments: Arguments, receiver: Value | None
) -> None:
    node = function.node.args
    positional = list(arguments.positional)
    if receiver is not None and function.kind != "staticmethod":
        positional.insert(0, receiver)
    rest = join([*arguments.rest, function.defaults]) if arguments.rest else function.defaults
    names = [parameter.arg for parameter in (*node.posonlyargs, *node.args)]
    for name, value in zip(names, positional, strict=False):
        scope.values[name] = value
    for name in (*names[len(positional) :], *(parameter.arg for parameter in node.kwonlyargs)):
        scope.values[name] = arguments.keywords.get(name, rest)
    if node.vararg is not None:
        scope.values[node.vararg.arg] = machine.fresh("tuple", [*positional[len(names) :], *arguments.rest])
    if node.kwarg is not None:
        scope.values[node.kwarg.arg] = machine.fresh("dict", [*arguments.keywords.values(), *arguments.rest])


def names_of(machine: Machine, node: FunctionLike) -> Names:
    """Return what a function says of its names, read once."""
    found = machine.names.get(node)
    if found is None:
        found = machine.names[node] = names_in(node)
    return found


def _given_back(machine: Machine, function: Function, scope: Scope) -> Value:
    result = scope.returned or PLAIN
    if isinstance(function.node, ast.Lambda) or not names_of(machine, function.node).yields:
        return result
    # What the body does happens while somebody reads it; it is noted here and now, and reading uses it up.
    made = machine.fresh("generator", [result, *scope.values.values()])
    machine.heap.iterators |= made.regions
    machine.heap.functions[next(iter(made.regions))] = function
    return made
