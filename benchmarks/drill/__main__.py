import argparse
import signal
import sys
from random import SystemRandom

from benchmarks import drill
from benchmarks.drill.disturbing import WITH_DATABASE, WITHOUT_DATABASE, draw
from benchmarks.drill.running import DATABASES, Plan, folder_of_static_files, report, run, unnoticed

SHORT = 10.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="make drill", description=drill.__doc__.splitlines()[0])
    parser.add_argument("--database", choices=DATABASES, help="Only this one; both otherwise.")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1_000_000))
    parser.add_argument(
        "--self-test",
        action="store_true",
        help="A short run, after which a row is lost and one doubled: the check must notice both.",
    )
    options = parser.parse_args()
    # As Ctrl-C does: whatever was started is ended.
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    failed = False
    for database in [options.database] if options.database else DATABASES:
        seconds = SHORT if options.self_test else options.seconds
        kinds = WITH_DATABASE if database == "postgresql" else WITHOUT_DATABASE
        plan = Plan(
            database,
            options.seed,
            seconds,
            draw(options.seed, seconds=seconds, kinds=kinds, pause=(1.0, 3.5)),
            clients=options.clients,
            waits_for_leases=not options.self_test,
            static=folder_of_static_files(),
        )
        print(f"The drill on {database}, seed {plan.seed} …", flush=True)
        result = run(plan, lambda text: print(text, flush=True))
        print(report(plan, result), flush=True)
        for name, verdict in result.tampered.items() if options.self_test else ():
            print(f"With a row {name}:", *verdict.breaches, sep="\n  ", flush=True)
        failed = failed or bool(result.verdict.breaches or unnoticed(result))
    return int(failed)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
