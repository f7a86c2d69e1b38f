/** Who may import whom. Each rule says why; `npm run lint` enforces them. */

const DOMAINS = 'queue|projects|workflows|councils'
const ADAPTERS = 'store|cluster|github|hosts|upstream|agents|checks|events|http|auth'
/** Composition files: the one place of a folder that may know every part. */
const WIRING = '^lib/[^/]+/(cluster-|counts-|agents-|leasing-|stream-|collect-|health-)?wiring\\.ts$'

export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle has no first file to read.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'domain-imports-no-adapter',
      comment: 'Decisions know no SDK, no vendor and no store: adapters implement their ports.',
      severity: 'error',
      from: { path: `^lib/(${DOMAINS})/`, pathNot: WIRING },
      to: { path: [`^lib/(${ADAPTERS})/`, 'node_modules/(@aws-sdk|@octokit|@aws-lambda-powertools|@middy|ssh2)'] },
    },
    {
      name: 'domain-imports-no-other-domain',
      comment: 'Domains meet in events, not in each other.',
      severity: 'error',
      from: { path: `^lib/(${DOMAINS})/` },
      to: { path: `^lib/(${DOMAINS})/`, pathNot: '^lib/$1/' },
    },
    {
      name: 'cron-stands-alone',
      comment:
        'Schedules are judged alike by a domain, the edge and the stand-in cluster: the reader needs none of them.',
      severity: 'error',
      from: { path: '^lib/cron/' },
      to: { path: '^lib/', pathNot: '^lib/(cron/|clock\\.ts$)' },
    },
    {
      name: 'only-wiring-imports-wiring',
      comment: 'Wiring builds clients when it is imported; a module that pulls it in by accident would, too.',
      severity: 'error',
      from: { path: '^lib/', pathNot: [WIRING, '^lib/http/(api|idempotency|stream)\\.ts$'] },
      to: { path: WIRING },
    },
    {
      name: 'sdk-of-dynamodb-in-store-only',
      comment: 'Conditions, keys and errors of the table have one home.',
      severity: 'error',
      from: { path: '^(lib|functions|worker|cli)/', pathNot: '^lib/store/' },
      to: { path: 'node_modules/@aws-sdk/(client-dynamodb|lib-dynamodb|util-dynamodb)' },
    },
    {
      name: 'octokit-in-github-only',
      comment: 'What GitHub says is translated where it is asked.',
      severity: 'error',
      from: { path: '^lib/', pathNot: '^lib/github/' },
      to: { path: 'node_modules/@octokit' },
    },
    {
      name: 'ssh-in-hosts-only',
      comment: 'What a host says is bounded and judged where it is asked.',
      severity: 'error',
      from: { path: '^(lib|functions|worker|cli)/', pathNot: '^lib/hosts/' },
      to: { path: 'node_modules/ssh2' },
    },
    {
      name: 'lib-imports-only-lib',
      comment: 'The library stands by itself.',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^(functions|worker|sandbox|cli|bench|test|web|grpc)/' },
    },
    {
      name: 'functions-do-not-import-each-other',
      comment: 'A function is an entry; what two share belongs into lib.',
      severity: 'error',
      from: { path: '^functions/' },
      to: { path: '^(functions|worker|sandbox|cli|bench|test)/' },
    },
    {
      name: 'worker-stands-alone',
      comment:
        'The worker runs on other machines: of the library it uses the clock, errors, ids and the list of secrets alone.',
      severity: 'error',
      from: { path: '^worker/' },
      to: { path: '^(lib/|functions/|sandbox/|cli/)', pathNot: '^lib/((clock|errors|ids)\\.ts$|secrets/)' },
    },
    {
      name: 'no-test-in-production',
      comment: 'Tests depend on the code, never the other way round.',
      severity: 'error',
      from: { path: '^(lib|functions|worker|sandbox|cli|bench)/' },
      to: { path: '^test/' },
    },
    {
      name: 'resolvable',
      comment: 'An import that does not resolve.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^aws-lambda$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: 'specify',
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js', '.json'],
    },
  },
}
