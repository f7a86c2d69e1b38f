/** CronJobs on a real API server, with its admission, its policies and its controllers. */
import { caresForCronJobs } from '#test/contracts/cluster-care'
import { aRealCluster } from '#test/helpers/real-cluster'

caresForCronJobs(aRealCluster)
