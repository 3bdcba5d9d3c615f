"""`suara rules`: the rule catalogue, as a page or as JSON."""

import argparse
import json
import sys

EXAMPLES = """\
examples:
  suara rules                   the whole catalogue, as docs/rules.md has it
  suara rules E301 W504         two of them
  suara rules --json            code, severity, block, contests, law, texts
"""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers `suara rules`."""
    parser = subparsers.add_parser(
        "rules",
        help="what a record's figures must satisfy, rule by rule",
        description="Prints the rule catalogue.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("codes", nargs="*", metavar="CODE")
    parser.add_argument("--json", action="store_true", help="answer facts as JSON")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print the catalogue or the rules asked for; 2 where there is no such rule."""
    from election.rules import RULES, catalogue
    from election.rules.document import entry, markdown

    codes = [code.upper() for code in args.codes]
    unknown = [code for code in codes if code not in RULES]
    if unknown:
        print(f"suara rules: there is no {', '.join(unknown)}", file=sys.stderr)
        return 2
    rules = [RULES[code] for code in codes] or catalogue()
    if args.json:
        kept = ("code", "severity", "block", "contests", "definition", "law", "text_id", "text_en", "needs")
        facts = [{name: getattr(rule, name) for name in kept} | {"judged": rule.function is not None} for rule in rules]
        print(json.dumps(facts, indent=2, ensure_ascii=False))
    else:
        print("\n".join(entry(rule) for rule in rules) if codes else markdown(), end="")
    return 0
