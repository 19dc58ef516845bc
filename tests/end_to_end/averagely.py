"""A strategy of a user's own, for tests: RocketMQ's averagely, written anew. With --wrong it answers something else."""
import json
import sys

wrong = sys.argv[1] if len(sys.argv) > 1 else ""
for line in sys.stdin:
    question = json.loads(line)["input"]
    queues = [(broker, number) for broker, numbers in question["mq_all"] for number in numbers]
    members = question["cid_all"]
    each, rest = divmod(len(queues), len(members))
    allocation, next_place = {}, 0
    for index, member in enumerate(members):
        count = each + (1 if index < rest else 0)
        allocation[member] = list(range(next_place, next_place + count))
        next_place += count
    if wrong == "--garbage":
        print("no idea", flush=True)
    elif wrong == "--miss":
        allocation[members[0]].pop()
        print(json.dumps({"output": {"allocation": allocation}}), flush=True)
    elif wrong == "--exit":
        sys.exit(5)
    else:
        print(json.dumps({"output": {"allocation": allocation}}), flush=True)
