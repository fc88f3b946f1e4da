"""The story in README is the story of `iki demo`; `make interop` plays it and compares every line."""

import shlex

from agent.lab.story import STEPS
from tests.cli.readme import read_block


def test_the_story_in_readme() -> None:
    """Each step stands there with its words, its command, and the status that it ends with."""
    shown = read_block("What `make demo` prints")
    steps = []
    for number, step in enumerate(STEPS, start=1):
        begin = f"\n{number}. {step.words}\n   $ {shlex.join(('iki', *step.arguments))}\n"
        assert begin in shown
        said = shown.partition(begin)[2].partition("\n\n")[0].splitlines()
        steps.append([line for line in said if line.startswith("   (exit status")])
    assert steps == [[f"   (exit status {int(step.status)})"] if step.status else [] for step in STEPS]
    assert [f"  {shlex.join(('iki', *step.arguments))}" for step in STEPS] == shown.splitlines()[
        -len(STEPS) :
    ]
