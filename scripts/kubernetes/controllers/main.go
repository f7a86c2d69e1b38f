// The CronJob, Job and garbage-collector controllers of Kubernetes, without the rest of kube-controller-manager.
//
//	controllers <kubeconfig>
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/controller-manager/pkg/informerfactory"
	"k8s.io/kubernetes/pkg/controller/cronjob"
	"k8s.io/kubernetes/pkg/controller/garbagecollector"
	"k8s.io/kubernetes/pkg/controller/job"
)

const (
	workers = 2
	resync  = 12 * time.Hour
	// How often the garbage collector looks for resources that are new.
	discovery = 30 * time.Second
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: controllers <kubeconfig>")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 100, 200
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	metadataClient, err := metadata.NewForConfig(config)
	if err != nil {
		return err
	}
	shared := informers.NewSharedInformerFactory(client, resync)
	sharedMetadata := metadatainformer.NewSharedInformerFactory(metadataClient, resync)
	both := informerfactory.NewInformerFactory(shared, sharedMetadata)

	jobs, cronJobs, pods := shared.Batch().V1().Jobs(), shared.Batch().V1().CronJobs(), shared.Core().V1().Pods()
	cronJobController, err := cronjob.NewControllerV2(ctx, jobs, cronJobs, client)
	if err != nil {
		return err
	}
	jobController, err := job.NewController(ctx, client, pods, jobs, nil, nil)
	if err != nil {
		return err
	}
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client.Discovery()))
	ignored := map[schema.GroupResource]struct{}{{Resource: "events"}: {}}
	started := make(chan struct{})
	collector, err := garbagecollector.NewGarbageCollector(ctx, client, metadataClient, mapper, ignored, both, started)
	if err != nil {
		return err
	}

	go cronJobController.Run(ctx, workers)
	go jobController.Run(ctx, workers)
	go collector.Run(ctx, workers, discovery)
	go collector.Sync(ctx, client.Discovery(), discovery)
	shared.Start(ctx.Done())
	sharedMetadata.Start(ctx.Done())
	close(started)
	<-ctx.Done()
	return nil
}
