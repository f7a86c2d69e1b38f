import { caresForCronJobs } from '#test/contracts/cluster-care'
import { aStandInCluster } from '#test/helpers/test-cluster'

caresForCronJobs(aStandInCluster)
