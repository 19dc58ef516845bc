#!/usr/bin/env python3
"""The rules of the house that a program can check: determinism, arrows between the rooms, sizes.

`lint.py` reads every source file that git knows or would add and prints each breach as file:line: rule: what to do.
`lint.py --self-test` shows each rule a line that it must refuse, so that no rule is there in name only.
A line may carry `// lint: allow(RULE) because ...` where the rule has a good exception.
"""
import re
import subprocess
import sys

ROOMS = ["core", "sim", "faults", "scenarios", "reports", "live", "cli", "tests"]
MAY_INCLUDE = {
    "core": {"core"},
    "sim": {"sim", "core"},
    "faults": {"faults", "core"},
    "scenarios": {"scenarios", "faults", "sim", "core"},
    "reports": {"reports", "scenarios", "faults", "sim", "core"},
    "live": {"live", "core"},
    "cli": {"cli", "reports", "scenarios", "faults", "sim", "live", "core"},
    "tests": set(ROOMS),
}
DETERMINISTIC = {"core", "sim", "faults", "scenarios"}

# (rule, pattern, what to use instead)
BANNED = [
    ("hash-order", r"\bstd::unordered_|\bboost::unordered", "an ordered container, or core/hash_table.h"),
    ("pointer-key", r"\b(?:map|set|flat_map|HashTable)<\s*(?:const\s+)?[\w:]+\s*\*", "a name or a number as the key"),
    ("pointer-print", r"fmt::ptr|%p\b", "a name or a number"),
    ("entropy", r"\brandom_device\b|\bmt19937|\bminstd_rand|\b(?:uniform|normal|exponential|poisson|bernoulli)\w*_distribution\b|(?<![\w.:>])s?rand\(|\bgetrandom\b|std::shuffle\b", "Host::draw"),
    ("clock", r"\b(?:system|steady|high_resolution|utc|file)_clock\b|\bclock_gettime\b|\bgettimeofday\b|(?<![\w.>])time\(\s*(?:nullptr|NULL|0|&)|(?<![\w.>])clock\(\s*\)|\blocaltime|\bgmtime|\bmktime\b", "Host::wall_ms, Host::mono_ns"),
    ("environment", r"\bgetenv\b|\bsetlocale\b|\bstd::locale\b|\benviron\b|\bgetpid\b|\bgethostname\b", "an option of the run"),
    ("thread", r"\bstd::(?:j?thread|async|mutex|atomic|condition_variable|this_thread)\b|\bthread_local\b|\bpthread_", "Host::start, Lock"),
    ("floating-point", r"\b(?:float|double)\b|<cmath>|<math\.h>|\bstd::(?:log|exp|pow|sqrt|sin|cos)2?\(", "integers; reports turn them into decimals"),
    ("hash", r"\bstd::hash\b", "text_identity, mix64 or XXH3"),
    ("build-time", r"__DATE__|__TIME__|__TIMESTAMP__", "nothing: equal sources give equal programs"),
]
DRAWS = re.compile(r"(?:\bdraw\(|\bdraw_key\(|\bnext_\w*id\w*\(|\bnext_opaque\w*\()")
MARKS = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
ALLOW = re.compile(r"//\s*lint: allow\(([\w-]+)\)\s+because\s+\S")
LONGEST_FILE, LONGEST_LINE = 800, 120


def without_comments_and_strings(text):
    """Blanks out comments and literals, keeping every line where it is."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![\w])\'(?:\\.|[^\'\\\n])+\'', re.S)
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def breaches(path, text):
    room = path.split("/")[0]
    lines = text.split("\n")
    allowed = {(i, m.group(1)) for i, line in enumerate(lines, 1) for m in ALLOW.finditer(line)}
    found = []

    def report(line, rule, message):
        if (line, rule) not in allowed:
            found.append((path, line, rule, message))

    if len(lines) > LONGEST_FILE:
        report(1, "file-length", f"{len(lines)} lines; split it by noun")
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            report(number, "line-length", f"{len(line)} columns")
        if MARKS.search(line) and not path.startswith("tests/lint/"):
            report(number, "mark", "do it now or leave it out")
        include = re.match(r'#include "(\w+)/', line)
        if include and room in MAY_INCLUDE and include.group(1) not in MAY_INCLUDE[room]:
            report(number, "arrow", f"{room} must not include {include.group(1)}")
    if path.endswith(".h") and "#pragma once" not in text:
        report(1, "pragma-once", "every header has it")
    if room not in DETERMINISTIC:
        return found
    code = without_comments_and_strings(text)
    for number, line in enumerate(code.split("\n"), 1):
        subject = lines[number - 1] if line.lstrip().startswith("#include") else line
        for rule, pattern, instead in BANNED:
            if re.search(pattern, subject):
                report(number, rule, f"use {instead}")
    position = 0
    for statement in re.split(r"[;{}]", code):
        if len(DRAWS.findall(statement)) > 1 and "for (" not in statement:
            first = code.count("\n", 0, position + statement.index(DRAWS.search(statement).group())) + 1
            report(first, "two-draws", "two draws or ids in one expression: compilers differ in their order")
        position += len(statement) + 1
    return found


def sources():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.h", "*.cpp"],
        check=True, capture_output=True, text=True).stdout.split()
    for path in sorted(set(listed)):
        try:
            with open(path, encoding="utf-8") as file:
                yield path, file.read()
        except FileNotFoundError:
            pass  # deleted, not yet committed


def self_test():
    bad = {
        "hash-order": "std::unordered_map<int, int> m;",
        "pointer-key": "std::map<Node*, int> m;",
        "pointer-print": "fmt::print(x, fmt::ptr(p));",
        "entropy": "int x = rand();",
        "clock": "auto now = std::chrono::steady_clock::now();",
        "environment": 'auto* home = getenv("HOME");',
        "thread": "std::thread worker;",
        "floating-point": "double x = 0;",
        "hash": "std::hash<int>{}(1);",
        "build-time": "auto built = __DATE__;",
        "two-draws": "f(host.draw(a, b, 0), host.draw(a, b, 1));",
        "arrow": '#include "sim/engine.h"',
        "line-length": "x" * 121,
        "file-length": "\n" * 801,
        "mark": "// TO" + "DO later",
    }
    failed = [rule for rule, text in bad.items() if rule not in {b[2] for b in breaches("core/bad.cpp", text)}]
    if "pragma-once" not in {b[2] for b in breaches("core/bad.h", "int x;")}:
        failed.append("pragma-once")
    good = 'auto t = host.mono_ns();  // not std::thread\nauto s = "double";\nmessage.time(3);\nEvent() : time(at), clock(skew) {}'
    failed += [f"false alarm {b}" for b in breaches("core/good.cpp", good)]
    if breaches("core/allowed.cpp", "double x;  // lint: allow(floating-point) because it is printed only"):
        failed.append("allow")
    if failed:
        sys.exit(f"lint self-test failed: {failed}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        sys.exit(0)
    all_found = [breach for path, text in sources() for breach in breaches(path, text)]
    for where, line, rule, message in all_found:
        print(f"{where}:{line}: {rule}: {message}")
    if all_found:
        sys.exit(f"{len(all_found)} breaches")
    print("lint: clean")
