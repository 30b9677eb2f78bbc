"""Reads lines of JSON {"command", "words"} and says what Python's own argparse makes of them."""
import argparse
import json
import os.path
import sys

CONSTANTS = {
    "ports": {"--ftp": ["21:tcp"], "--http": ["80:tcp", "443:tcp"], "--smtp": ["25:tcp"], "--ssh": ["22:tcp"], "--telnet": ["23:tcp"]},
    "services": {"--ftp": "ftp", "--http": "http", "--smtp": "smtp", "--ssh": "ssh"},
}
ACTIONS = ["store", "store_true", "store_false", "store_const", "append_const", "append", "extend"]


class Fault(Exception):
    pass


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise Fault(message)


def boolean(value):
    if value.lower() in ("on", "yes", "true", "1"):
        return True
    if value.lower() in ("off", "no", "false", "0"):
        return False
    raise argparse.ArgumentTypeError("invalid boolean value: %r" % value)


def commas(value):
    return [s.strip() for s in value.split(",") if s.strip()]


def ports(value):
    return [p if ":" in p else p + ":tcp" for p in (s.strip() for s in value.split(","))]


def partition(value):
    return value[5:] if value.startswith("/dev/") else value


def mountpoint(value):
    return os.path.normpath(value) if value.startswith("/") else value


TYPES = {"int": int, "ksboolean": boolean, "commaSplit": commas, "firewall_port_cb": ports, "part_cb": partition, "mountpoint": mountpoint}


class Gather(argparse.Action):
    """Puts lists behind one another."""

    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, (getattr(namespace, self.dest) or []) + values)


class GatherConst(argparse.Action):
    """Puts a constant list before what is there."""

    def __init__(self, option_strings, dest, const=None, **kwargs):
        super().__init__(option_strings, dest, nargs=0, const=const, **kwargs)

    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, self.const + (getattr(namespace, self.dest) or []))


def build(options):
    parser = Parser(add_help=False, conflict_handler="resolve", argument_default=argparse.SUPPRESS)
    for o in options or []:
        names, kw = o["Names"] or [], {}
        if not names:
            names = [o["Dest"]]
        else:
            kw["dest"] = o["Dest"]
        action = ACTIONS[o["Action"]]
        if o["Type"] in TYPES:
            kw["type"] = TYPES[o["Type"]]
        if o["Choices"]:
            kw["choices"] = o["Choices"]
        if o["Nargs"]:
            kw["nargs"] = int(o["Nargs"]) if o["Nargs"].isdigit() else o["Nargs"]
        if o["Names"] and o["Required"]:
            kw["required"] = True
        if o["Names"] and o["Nargs"] == "?":
            kw["const"] = True
        if action == "store_const":
            kw["const"] = names[0]
        if action in ("append_const", "extend"):
            kw["default"] = None
        if action == "append_const":
            kw["const"] = CONSTANTS[o["Dest"]][names[0]]
            if isinstance(kw["const"], list):
                if len(kw["const"]) > 1:
                    action = GatherConst
                else:
                    kw["const"] = kw["const"][0]
        parser.add_argument(*names, action=Gather if action == "extend" else action, **kw)
    return parser


parsers = {}
for line in sys.stdin:
    case = json.loads(line)
    key = json.dumps(case["options"])
    if key not in parsers:
        parsers[key] = build(case["options"])
    try:
        values, extra = parsers[key].parse_known_args(case["words"])
        given = {k: v for k, v in vars(values).items() if v is not None}
        for o in case["options"] or []:  # a positional argument is a list, whatever its number
            if not o["Names"] and o["Dest"] in given and not isinstance(given[o["Dest"]], list):
                given[o["Dest"]] = [given[o["Dest"]]]
        out = {"values": given, "extra": extra, "fault": ""}
    except Fault as fault:
        out = {"values": {}, "extra": [], "fault": str(fault)}
    print(json.dumps(out))
