"""The compute model, as boto3 sees it.

    cargo build -p world --example compute
    python3 tests/world/tests/compute_boto3.py target/debug/examples/compute

starts the model, asks it and ends it; an address instead of the program asks one that is there.

Every answer must be one that boto3 can parse; every refusal must carry the code that AWS gives.
"""

import subprocess
import sys
import threading
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

TEMPLATE = "lt-0123456789abcdef0"
SUBNETS = "subnet-0000000000000000a,subnet-0000000000000000b"


def client(service, endpoint):
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="eu-central-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
    )


def until(said, ask, wanted=bool):
    """Asks until the answer is the wanted one."""
    for _ in range(200):
        answer = ask()
        if wanted(answer):
            return answer
        time.sleep(0.05)
    raise AssertionError(f"never came true: {said}; last: {answer}")


def refused(code, call, **params):
    try:
        answer = call(**params)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return error.response
    raise AssertionError(f"expected {code}, got {answer}")


def clusters_and_definitions(ecs):
    assert ecs.create_cluster(clusterName="one", tags=[{"key": "quillon", "value": "q"}])["cluster"]["status"] == "ACTIVE"
    described = ecs.describe_clusters(clusters=["one", "none"], include=["TAGS", "SETTINGS"])
    assert described["clusters"][0]["tags"] == [{"key": "quillon", "value": "q"}]
    assert described["failures"][0]["reason"] == "MISSING"
    refused("ClusterNotFoundException", ecs.list_tasks, cluster="none")
    definition = ecs.register_task_definition(
        family="pair",
        networkMode="bridge",
        containerDefinitions=[
            {"name": "runner", "image": "runner:1", "memoryReservation": 256, "essential": True},
            {"name": "engine", "image": "engine:1", "memoryReservation": 512, "privileged": True, "stopTimeout": 120},
        ],
        cpu="1 vCPU",
        tags=[{"key": "quillon", "value": "q"}],
    )["taskDefinition"]
    assert (definition["revision"], definition["cpu"]) == (1, "1024"), definition
    described = ecs.describe_task_definition(taskDefinition="pair", include=["TAGS"])
    assert described["taskDefinition"]["status"] == "ACTIVE" and described["tags"]
    refused("ClientException", ecs.describe_task_definition, taskDefinition="nothing")
    refused("InvalidParameterException", ecs.run_task, cluster="one", taskDefinition="pair", launchType="EC2")


def groups_boot_nodes(scaling, ec2, ecs):
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="pool",
        MinSize=0,
        MaxSize=3,
        MixedInstancesPolicy={
            "LaunchTemplate": {
                "LaunchTemplateSpecification": {"LaunchTemplateId": TEMPLATE, "Version": "1"},
                "Overrides": [{"InstanceType": "c7gd.4xlarge"}, {"InstanceType": "c8gd.4xlarge"}],
            },
            "InstancesDistribution": {"OnDemandPercentageAboveBaseCapacity": 0, "SpotAllocationStrategy": "price-capacity-optimized"},
        },
        VPCZoneIdentifier=SUBNETS,
        NewInstancesProtectedFromScaleIn=True,
        Tags=[{"Key": "quillon", "Value": "q", "PropagateAtLaunch": True}],
    )
    scaling.suspend_processes(AutoScalingGroupName="pool", ScalingProcesses=["AZRebalance"])
    refused("AlreadyExists", scaling.create_auto_scaling_group, AutoScalingGroupName="pool", MinSize=0, MaxSize=1)
    refused("ValidationError", scaling.set_desired_capacity, AutoScalingGroupName="pool", DesiredCapacity=4)
    order = dict(AutoScalingGroupName="pool", RequestedCapacity=2, ClientToken="order-1", AvailabilityZones=["eu-central-1a"])
    launched = scaling.launch_instances(**order)
    assert launched == {**scaling.launch_instances(**order), "ResponseMetadata": launched["ResponseMetadata"]}
    assert launched["Instances"][0]["MarketType"] == "spot" and launched["Errors"] == [], launched
    ids = launched["Instances"][0]["InstanceIds"]
    assert len(ids) == 2
    refused("IdempotentParameterMismatch", scaling.launch_instances, **{**order, "RequestedCapacity": 1})
    refused("ValidationError", scaling.launch_instances, **{**order, "RequestedCapacity": 2, "ClientToken": "order-2"})
    group = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["pool", "none"])["AutoScalingGroups"]
    assert len(group) == 1 and group[0]["DesiredCapacity"] == 2, group
    assert group[0]["SuspendedProcesses"][0]["ProcessName"] == "AZRebalance"
    assert group[0]["MixedInstancesPolicy"]["InstancesDistribution"]["OnDemandPercentageAboveBaseCapacity"] == 0
    states = lambda: {it["LifecycleState"] for it in scaling.describe_auto_scaling_instances(InstanceIds=ids)["AutoScalingInstances"]}
    until("in service", states, lambda it: it == {"InService"})
    instances = ec2.describe_instances(InstanceIds=ids)["Reservations"]
    assert all(it["Instances"][0]["InstanceLifecycle"] == "spot" for it in instances)
    tags = {it["Key"]: it["Value"] for it in instances[0]["Instances"][0]["Tags"]}
    assert tags["aws:autoscaling:groupName"] == "pool" and tags["quillon"] == "q"
    assert ec2.describe_instances(Filters=[{"Name": "tag:quillon", "Values": ["q"]}])["Reservations"]
    refused("InvalidInstanceID.NotFound", ec2.describe_instances, InstanceIds=[ids[0], "i-0123456789abcdef0"])
    activities = scaling.describe_scaling_activities(AutoScalingGroupName="pool")["Activities"]
    assert activities[0]["StatusCode"] == "Successful" and activities[0]["EndTime"], activities
    listed = lambda: ecs.list_container_instances(cluster="one")["containerInstanceArns"]
    arns = until("registered", listed, lambda it: len(it) == 2)
    hosts = ecs.describe_container_instances(cluster="one", containerInstances=arns)["containerInstances"]
    assert {host["ec2InstanceId"] for host in hosts} == set(ids)
    resources = {it["name"]: it for it in hosts[0]["registeredResources"]}
    assert resources["CPU"]["integerValue"] == 16 * 1024, resources
    assert "22" in resources["PORTS"]["stringSetValue"]
    wanted = f"ec2InstanceId == {ids[0]} and attribute:ecs.cpu-architecture == arm64"
    assert len(ecs.list_container_instances(cluster="one", filter=wanted)["containerInstanceArns"]) == 1
    return ids


def tasks_run_once(ecs, ids):
    launch = dict(
        cluster="one",
        taskDefinition="pair",
        launchType="EC2",
        startedBy="quillon/1-1",
        clientToken="launch-1",
        overrides={"cpu": "2048", "memory": "4096", "containerOverrides": [{"name": "runner", "environment": [{"name": "A", "value": "b"}]}]},
        placementConstraints=[{"type": "memberOf", "expression": f"ec2InstanceId == {ids[0]}"}],
        tags=[{"key": "quillon", "value": "q"}],
    )
    task = ecs.run_task(**launch)["tasks"][0]
    assert task["lastStatus"] in ("PROVISIONING", "PENDING") and task["group"] == "family:pair", task
    assert ecs.run_task(**launch)["tasks"][0]["taskArn"] == task["taskArn"]
    conflict = refused("ConflictException", ecs.run_task, **{**launch, "startedBy": "other"})
    assert conflict["resourceIds"] == [task["taskArn"]], conflict
    described = lambda: ecs.describe_tasks(cluster="one", tasks=[task["taskArn"]], include=["TAGS"])["tasks"]
    running = until("running", described, lambda it: it and it[0]["lastStatus"] == "RUNNING")[0]
    assert running["tags"] == [{"key": "quillon", "value": "q"}] and running["startedAt"]
    assert ecs.list_tasks(cluster="one", startedBy="quillon/1-1")["taskArns"] == [task["taskArn"]]
    refused("InvalidParameterException", ecs.list_tasks, cluster="one", startedBy="x", family="pair")
    too_big = {**launch, "clientToken": "launch-2", "overrides": {"cpu": "20480"}}
    answer = ecs.run_task(**too_big)
    reasons = {it["reason"] for it in answer["failures"]}
    assert answer["tasks"] == [] and reasons == {"RESOURCE:CPU", "MemberOf placement constraint unsatisfied."}, answer
    stopped = ecs.stop_task(cluster="one", task=task["taskArn"], reason="enough")["task"]
    assert stopped["desiredStatus"] == "STOPPED"
    over = until("stopped", described, lambda it: it[0]["lastStatus"] == "STOPPED")[0]
    assert (over["stopCode"], over["stoppedReason"], over["tags"]) == ("UserInitiated", "enough", []), over
    assert {it["exitCode"] for it in over["containers"]} == {143}
    refused("InvalidParameterException", ecs.stop_task, cluster="one", task="0" * 32)


def everything_else_parses(ecs, scaling, ec2):
    types = ec2.describe_instance_types(InstanceTypes=["c7gd.4xlarge"])["InstanceTypes"][0]
    assert types["VCpuInfo"]["DefaultVCpus"] == 16 and types["MemoryInfo"]["SizeInMiB"] == 32768
    assert len(list(ec2.get_paginator("describe_instance_types").paginate(PaginationConfig={"PageSize": 100}))) == 7
    refused("InvalidInstanceType", ec2.describe_instance_types, InstanceTypes=["x1.none"])
    prices = ec2.describe_spot_price_history(InstanceTypes=["c7gd.4xlarge"], StartTime=time.time())["SpotPriceHistory"]
    assert len(prices) == 3 and float(prices[0]["SpotPrice"]) > 0, prices
    assert ec2.describe_instance_status()["InstanceStatuses"]
    group = {"AutoScalingGroupName": "pool"}
    scaling.put_lifecycle_hook(**group, LifecycleHookName="h", LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING", HeartbeatTimeout=30)
    assert scaling.describe_lifecycle_hooks(**group)["LifecycleHooks"][0]["DefaultResult"] == "ABANDON"
    scaling.delete_lifecycle_hook(**group, LifecycleHookName="h")
    scaling.put_scheduled_update_group_action(**group, ScheduledActionName="s", Recurrence="0 7 * * *", DesiredCapacity=1)
    assert scaling.describe_scheduled_actions(**group)["ScheduledUpdateGroupActions"][0]["DesiredCapacity"] == 1
    scaling.delete_scheduled_action(**group, ScheduledActionName="s")
    scaling.enable_metrics_collection(**group, Granularity="1Minute")
    scaling.create_or_update_tags(Tags=[{"ResourceId": "pool", "ResourceType": "auto-scaling-group", "Key": "a", "Value": "b", "PropagateAtLaunch": False}])
    assert len(scaling.describe_tags(Filters=[{"Name": "auto-scaling-group", "Values": ["pool"]}])["Tags"]) == 2
    for nothing in ("traffic_sources", "load_balancers", "load_balancer_target_groups", "instance_refreshes", "warm_pool"):
        getattr(scaling, f"describe_{nothing}")(**group)
    assert ecs.list_services(cluster="one")["serviceArns"] == []
    ecs.put_account_setting_default(name="containerInsights", value="enabled")
    assert ecs.list_account_settings(name="containerInsights")["settings"][0]["value"] == "enabled"
    assert ecs.list_tags_for_resource(resourceArn=ecs.describe_clusters(clusters=["one"])["clusters"][0]["clusterArn"])["tags"]
    ecs.deregister_task_definition(taskDefinition="pair:1")
    assert ecs.delete_task_definitions(taskDefinitions=["pair:1"])["failures"] == []
    refused("UnknownOperationException", ecs.discover_poll_endpoint)
    refused("InvalidAction", scaling.describe_account_limits)
    refused("InvalidAction", ec2.describe_vpcs)


def groups_end(scaling, ec2, ecs, ids):
    activity = scaling.terminate_instance_in_auto_scaling_group(InstanceId=ids[0], ShouldDecrementDesiredCapacity=True)["Activity"]
    assert activity["StatusCode"] == "InProgress" and activity["StartTime"]
    scaling.set_instance_protection(AutoScalingGroupName="pool", InstanceIds=ids[1:], ProtectedFromScaleIn=False)
    refused("ResourceInUse", scaling.delete_auto_scaling_group, AutoScalingGroupName="pool")
    scaling.delete_auto_scaling_group(AutoScalingGroupName="pool", ForceDelete=True)
    shutting = lambda: {it["Instances"][0]["State"]["Name"] for it in ec2.describe_instances(InstanceIds=ids)["Reservations"]}
    until("shutting down", shutting, lambda it: it <= {"shutting-down", "terminated"})
    until("hosts gone", lambda: ecs.list_container_instances(cluster="one")["containerInstanceArns"], lambda it: it == [])
    assert ecs.delete_cluster(cluster="one")["cluster"]["status"] == "INACTIVE"


def check(endpoint):
    ecs, scaling, ec2 = (client(it, endpoint) for it in ("ecs", "autoscaling", "ec2"))
    clusters_and_definitions(ecs)
    ids = groups_boot_nodes(scaling, ec2, ecs)
    tasks_run_once(ecs, ids)
    everything_else_parses(ecs, scaling, ec2)
    groups_end(scaling, ec2, ecs, ids)
    print("boto3 understands every answer")


def main(target):
    if target.startswith("http://"):
        return check(target)
    with subprocess.Popen([target], stdout=subprocess.PIPE, text=True) as model:
        try:
            endpoint = model.stdout.readline().removeprefix("compute ").strip()
            # It says what happens, and must not wait for a reader.
            threading.Thread(target=model.stdout.read, daemon=True).start()
            check(endpoint)
        finally:
            model.kill()


if __name__ == "__main__":
    main(sys.argv[1])
