"""A stranger's program in Python: a client made from the description alone, used on a running stack."""

import json
import sys

from coxswain_client import AuthenticatedClient
from coxswain_client.api.queue import queue_list
from coxswain_client.api.work import work_complete, work_heartbeat, work_next
from coxswain_client.models import (
    LeaseRenewed,
    Problem,
    WorkCompleteRequest,
    WorkHeartbeatRequest,
    WorkOffered,
)

url, worker, operator, github = sys.argv[1:]
as_worker = AuthenticatedClient(base_url=url, token=worker)
as_operator = AuthenticatedClient(base_url=url, token=operator)

work = work_next.sync(client=as_worker, worker_id="python-client")
assert isinstance(work, WorkOffered), work
held = {
    "worker_id": "python-client",
    "issue_number": work.issue_number,
    "repository": work.repository,
    "lease_token": work.lease.token,
}

pulse = work_heartbeat.sync(client=as_worker, body=WorkHeartbeatRequest(**held))
assert isinstance(pulse, LeaseRenewed), pulse

queue = queue_list.sync(client=as_operator)
pr_url = f"{github}/{work.repository}/pull/4712"
done = work_complete.sync(client=as_worker, body=WorkCompleteRequest(**held, success=True, pr_url=pr_url))
refused = work_heartbeat.sync(client=as_worker, body=WorkHeartbeatRequest(**held))
assert isinstance(refused, Problem), refused

print(
    json.dumps(
        {
            "issue_number": work.issue_number,
            "listed": [item.assigned_to for item in queue.in_progress],
            "completed": done.status,
            "refused": refused.code.value,
        }
    )
)
