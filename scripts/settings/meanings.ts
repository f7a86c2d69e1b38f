/** What each variable means, in one line: the only place where that is written. Defaults and rules are in the schemas. */

export interface Meaning {
  /** One or two sentences. */
  readonly meaning: string
  readonly example?: string
  /** Its value is a credential: never in a log, a file of the repository or a shell's history. */
  readonly secret?: true
}

export interface Group {
  readonly title: string
  readonly intro: string
  readonly meanings: Readonly<Record<string, Meaning>>
}

const everywhere: Group = {
  title: 'Everywhere',
  intro: 'The table and the log of the functions, the gRPC server, the command line and the local stack.',
  meanings: {
    AWS_REGION: { meaning: 'The region of the table and of the event bus. Lambda sets it.' },
    COXSWAIN_TABLE: { meaning: 'The DynamoDB table that holds all state.' },
    DYNAMODB_ENDPOINT: {
      meaning: 'A DynamoDB other than that of AWS. With `npm start`: the engine to use instead of the embedded one.',
      example: 'http://127.0.0.1:8001',
    },
    DYNAMODB_ACCESS_KEY_ID: {
      meaning:
        'The access key that the engine at `DYNAMODB_ENDPOINT` wants to see; not used without that address. `npm start` makes a new one at each start.',
      secret: true,
    },
    LOG_LEVEL: { meaning: 'The least level that is logged.', example: 'DEBUG' },
    ALLOW_PRIVATE_URLS: {
      meaning:
        '`host:port` of loopback and private addresses that may be called although a user named them, separated by commas.',
      example: 'hub.internal:8443',
    },
  },
}

const queue: Group = {
  title: 'GitHub and the queue',
  intro: 'See [the queue](queue.md).',
  meanings: {
    GITHUB_TOKEN: {
      meaning: 'The token of the account that reads issues and writes labels and comments.',
      secret: true,
    },
    GITHUB_REPO: { meaning: 'The repositories whose issues are taken, separated by commas.', example: 'acme/shop' },
    GITHUB_REPOS: {
      meaning: 'More of them: the two lists are joined.',
      example: 'acme/shop,acme/site',
    },
    GITHUB_API_URL: { meaning: 'The API of GitHub.', example: 'https://github.acme.example/api/v3' },
    GITHUB_APP_ID: { meaning: 'A GitHub App in the place of the token.', example: '123456' },
    GITHUB_APP_PRIVATE_KEY: {
      meaning: 'Its key as PEM text (`\\n` written out is understood) or the path to it.',
      secret: true,
    },
    GITHUB_APP_INSTALLATION_ID: { meaning: 'Its installation; looked up by repository when unset.' },
    GITHUB_WEBHOOK_SECRET: {
      meaning: 'The secret that GitHub signs webhooks with. Without it no webhook is taken.',
      secret: true,
    },
    GITHUB_ISSUE_LABELS: { meaning: 'The label that asks for work; the first one if there are several.' },
    GITHUB_POLL_INTERVAL: { meaning: 'Seconds from one look at GitHub to the next; whole minutes on AWS.' },
    GITHUB_WRITES_PER_MINUTE: {
      meaning:
        'The most writes to GitHub, a tenth below its limits. An issue takes five. Raise it for an Enterprise server only.',
    },
    GITHUB_WRITES_PER_HOUR: { meaning: 'The same for an hour.' },
    REQUIRE_TRUSTED_LABELER: {
      meaning:
        'Whether only people who may write to the repository can have an issue queued. Unset: yes, unless GitHub is the stand-in.',
    },
    TRUSTED_LABELERS: {
      meaning: 'Logins that are trusted without being asked for, e.g. of a bot.',
      example: 'triage-bot',
    },
    LEASE_SECONDS: { meaning: 'How long a lease lives without a heartbeat.' },
    MAX_ATTEMPTS: { meaning: 'Real failures of an issue before it is given up.' },
    MAX_WORKER_LOST: { meaning: 'Leases of an issue that may run out before it is given up.' },
    RETRY_DELAY_SECONDS: { meaning: 'Seconds before a failed issue is leased again.' },
    MAX_PENDING_PRS: { meaning: 'Finished pull requests that may await review in each repository.' },
    MAX_WORKERS: { meaning: 'The most workers that `GET /workers/desired` asks for.' },
    BUDGET_USD_PER_JOB: { meaning: 'Dollars that one issue may cost. Unset: nothing is counted.', example: '2.50' },
    BUDGET_USD_PER_DAY: { meaning: 'Dollars that a day (UTC) may cost. Unset: nothing is counted.', example: '40' },
  },
}

const hosts: Group = {
  title: "Workers' hosts",
  intro: 'Hosts that are looked at over SSH; see [operations](operations.md#workers-hosts).',
  meanings: {
    WORKER_IPS: {
      meaning: 'The hosts. None: workers are judged by their calls alone.',
      example: 'worker-1=10.0.0.11,worker-2=10.0.0.12:2222',
    },
    WORKER_SSH_KEY: {
      meaning: 'The private key, as a path or as its text (`\\n` for line ends), without a passphrase.',
      secret: true,
    },
    WORKER_SSH_USER: { meaning: 'The user. Needs no more than `systemctl is-active` and `journalctl`.' },
    WORKER_UNIT: { meaning: 'The systemd unit that runs the worker program.' },
    WORKER_KNOWN_HOSTS: {
      meaning:
        "Host keys as in OpenSSH's known_hosts, as a path or as text. Hashed names and `@revoked` are understood, certificate authorities are not.",
    },
    WORKER_SSH_TRUST_ON_FIRST_USE: {
      meaning:
        '`true`: a host that no known_hosts line names is trusted by its first key, which is kept; another key is refused from then on.',
    },
    WORKER_HEALTH_CHECK_INTERVAL: { meaning: 'Seconds from one look to the next; whole minutes on AWS.' },
  },
}

const projects: Group = {
  title: 'Projects and the cluster',
  intro:
    'See [projects](projects.md). The functions of projects need the four addresses; locally stand-ins take their place.',
  meanings: {
    PROJECT_SERVICE_URL: { meaning: 'Base address of the project service.', example: 'https://projects.acme.example' },
    BACKLOG_SERVICE_URL: { meaning: 'Base address of the backlog service.' },
    SPRINT_SERVICE_URL: { meaning: 'Base address of the sprint service.' },
    CHRONICLE_SERVICE_URL: { meaning: 'Base address of Chronicle, which also receives notes of decisions.' },
    K8S_API_URL: { meaning: 'The API of the cluster.', example: 'https://10.0.0.1:6443' },
    K8S_TOKEN: { meaning: 'The bearer token for it, needed with `K8S_API_URL` except on EKS.', secret: true },
    K8S_CA: { meaning: "The cluster's certificate authority, as PEM or its base64. Unset: public authorities." },
    EKS_CLUSTER_NAME: { meaning: 'With `K8S_API_URL` and `K8S_CA`: tokens are made from the AWS identity.' },
    KUBECONFIG: { meaning: 'A kubeconfig file, or several separated as `PATH` is.', example: '/home/me/.kube/config' },
    KUBERNETES_SERVICE_HOST: { meaning: "Set by Kubernetes in every pod: the pod's service account is used." },
    K8S_NAMESPACE: { meaning: 'The namespace of the CronJobs.' },
    CRONJOB_IMAGE: { meaning: 'The image that a CronJob runs.' },
    CRONJOB_COMMAND: {
      meaning: 'Its command. Built in: a bounded POST to the sprint service.',
      example: '["/bin/scrum","--now"]',
    },
    CRONJOB_SPRINT_SERVICE_URL: {
      meaning: 'The sprint service as the pods see it. Unset: the service in the namespace.',
    },
    CRONJOB_SERVICE_ACCOUNT: { meaning: 'The service account of the pods.' },
    CRONJOB_PULL_SECRET: { meaning: 'The secret that the image is pulled with; `none` for a public image.' },
    CRONJOB_STARTING_DEADLINE_SECONDS: { meaning: 'How late a run may start.' },
    SWEEP_INTERVAL: { meaning: 'Seconds from one sweep to the next with `npm start`; five minutes on AWS.' },
  },
}

const workflows: Group = {
  title: 'Workflows',
  intro: 'See [workflows](workflows.md).',
  meanings: {
    AGENT_HUB_URL: {
      meaning:
        'The agent hub. When it is unset, `npm start` runs a stand-in; elsewhere questions to experts answer 503.',
    },
    WORKFLOW_DEFINITIONS: { meaning: 'A JSON file of workflow definitions beside those built in.' },
    GATE_CHECK_INTERVAL: { meaning: 'Seconds from one look at open gates to the next; whole minutes on AWS.' },
  },
}

const councils: Group = {
  title: 'Councils',
  intro: 'See [councils](councils.md).',
  meanings: {
    ANTHROPIC_API_KEY: { meaning: 'The key for Anthropic’s models.', secret: true },
    ANTHROPIC_BASE_URL: { meaning: 'Another address that speaks its API.' },
    OPENAI_API_KEY: { meaning: 'The key for OpenAI’s models.', secret: true },
    OPENAI_BASE_URL: {
      meaning: 'Another address that speaks its API, e.g. vLLM.',
      example: 'https://llm.acme.example/v1',
    },
    LLM_MODEL: { meaning: "The model. Unset: the vendor's usual one." },
    LLM_FALLBACK_MODEL: { meaning: 'Answers while the model is down, limited beyond the deadline or out of quota.' },
    LLM_TEMPERATURE: { meaning: 'The temperature of answers.' },
    LLM_MAX_TOKENS: { meaning: 'The limit of tokens of an answer.' },
    LLM_MAX_TOKENS_RETRY: { meaning: 'The highest limit with which an answer that was cut is asked for again.' },
    LLM_REQUESTS_PER_MINUTE: { meaning: 'Requests per vendor and process; 0: no limit of ours.' },
    LLM_TOKENS_PER_MINUTE: { meaning: 'Tokens per vendor and process; 0: no limit of ours.' },
    LLM_PRICES: {
      meaning:
        'Dollars per million tokens by model, before the table in `lib/agents/prices.ts`. A model in neither costs as the dearest.',
      example: '{"my-model":{"input":1,"output":5}}',
    },
    NUM_AGENTS_PER_ROLE: { meaning: 'Agents of a council that is made without naming them.' },
    AGENT_REGISTRY_HOST: { meaning: 'A registry service that is asked who answers.' },
    AGENT_REGISTRY_PORT: { meaning: 'Its port.' },
    AGENTS_FILE: { meaning: 'A JSON or YAML file of agents. When it is set, it alone says who answers.' },
    ALLOW_OFFLINE_AGENTS: {
      meaning: 'Whether templates, which say that they are templates, may answer where no model is configured.',
    },
    COUNCIL_TOKENS_PER_RUN: { meaning: 'Tokens that one run may use; 0: no bound.' },
    COUNCIL_USD_PER_RUN: { meaning: 'Dollars that one run may cost; 0: no bound.' },
    COUNCIL_TOKENS_PER_DAY: { meaning: 'Tokens that all runs of a day (UTC) may use; 0: no bound.' },
    COUNCIL_USD_PER_DAY: { meaning: 'Dollars that all runs of a day (UTC) may cost; 0: no bound.' },
    COUNCIL_RUN_SECONDS: { meaning: 'How long a run may take.' },
    COUNCIL_CALL_SECONDS: { meaning: 'How long one call of an agent may take.' },
    COUNCIL_POLICY_FILE: { meaning: 'A YAML or JSON file of rules for the policy check beside those built in.' },
  },
}

const grpc: Group = {
  title: 'The gRPC server',
  intro: 'Read by the container in `deploy/`, beside the settings of councils.',
  meanings: {
    GRPC_HOST: { meaning: 'The address it listens on.' },
    GRPC_INSECURE: {
      meaning:
        '`true`: it may listen beyond loopback without TLS, because a mesh or a NetworkPolicy protects the way. Without it and without TLS it refuses to start.',
    },
    GRPC_PORT: { meaning: 'The port; 0 takes any free one.' },
    GRPC_TLS_CERT: { meaning: 'Path of the certificate chain, with `GRPC_TLS_KEY`.', example: '/tls/tls.crt' },
    GRPC_TLS_KEY: { meaning: 'Path of its private key.', example: '/tls/tls.key' },
    GRPC_METRICS_PORT: { meaning: 'Prometheus text of this process at `/metrics` on this port; 0: off.' },
    GRPC_DRAIN_SECONDS: { meaning: 'How long calls under way may go on after SIGTERM. Below the 30 s of Kubernetes.' },
  },
}

const events: Group = {
  title: 'Events',
  intro: 'Where events go beside the table. Each that is unset is off.',
  meanings: {
    EVENT_BUS_NAME: {
      meaning: 'The EventBridge bus. `npm start` runs a stand-in when it is unset.',
      example: 'coxswain',
    },
    EVENTBRIDGE_ENDPOINT: { meaning: 'An EventBridge other than that of AWS.' },
    REDIS_URL: {
      meaning: 'A Redis that receives decisions as a stream. May hold a password.',
      example: 'redis://10.0.0.5:6379',
      secret: true,
    },
    REDIS_STREAM_NAME: { meaning: 'The name of that stream; one field `data`.' },
  },
}

const local: Group = {
  title: 'npm start',
  intro: 'Read by the local stack, beside everything above.',
  meanings: {
    COXSWAIN_DATA_DIR: { meaning: 'The folder of the database, the stand-ins, logs and `dev.json`.' },
    COXSWAIN_TOKENS: {
      meaning: 'Tokens for development of your own choosing; those that are not named are made and kept.',
      example: 'reader=r-1,worker=w-1,operator=o-1',
      secret: true,
    },
    STAND_INS: { meaning: '`off`: no stand-in takes the place of anything that is not configured.' },
    ALLOWED_HOSTS: {
      meaning:
        'Further host names that requests to the local ports may be addressed to, separated by commas; `*.name` stands for every name below it.',
      example: 'hooks.example.com,*.ngrok.app',
    },
    ALLOWED_ORIGINS: {
      meaning: 'Origins of pages that may send requests to the local ports beside the ports’ own, separated by commas.',
      example: 'https://hooks.example.com',
    },
    ORCHESTRATOR_HOST: { meaning: 'The address that the HTTP API and the gRPC server listen on.' },
    ORCHESTRATOR_PORT: { meaning: 'The port of the HTTP API; 0 takes any free one.' },
  },
}

const internal: Group = {
  title: 'Set by the local stack',
  intro: '`npm start` hands these to what it starts. They are not for you to set.',
  meanings: {
    COXSWAIN_LOCAL: { meaning: '`true`: this is a laptop, and what opens doors there alone may open them.' },
    COXSWAIN_LOCAL_KEY: {
      meaning: 'Drawn at each start: seals what the stack sends to its functions, so that nothing else can call them.',
      secret: true,
    },
    COXSWAIN_LAMBDA_PORT: { meaning: 'The port at which functions are invoked.' },
    COXSWAIN_BUILD_DIR: { meaning: 'The folder that functions are bundled in.' },
  },
}

export const GROUPS: readonly Group[] = [
  everywhere,
  queue,
  hosts,
  projects,
  workflows,
  councils,
  grpc,
  events,
  local,
  internal,
]
