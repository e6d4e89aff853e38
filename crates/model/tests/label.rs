//! What labels say, what is wrong with them, and whose they are.

use model::{
    label::{Kind, Release, Spec, Verdict, Version, caveats, parse},
    size::{CpuUnits, Mib, Size},
};

/// A line is the labels of one job with spaces between them; the answer is the label that says the same,
/// or the sentence for the user.
fn check(lines: &str) -> String {
    let minimum = Release::new(0, 19, 0);
    let answer = |line: &str| match parse(&line.split_whitespace().collect::<Vec<_>>(), Some(&minimum)) {
        Verdict::Ours(spec) => spec.to_string(),
        Verdict::Foreign => "foreign".to_owned(),
        Verdict::Wrong(wrong) => format!("wrong: {wrong}"),
    };
    let answers = lines.lines().map(str::trim).map(|line| format!("{line}  =>  {}", answer(line)));
    answers.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_kind_is_enough() {
    insta::assert_snapshot!(check("dagger
        docker
        bare"), @"
    dagger  =>  dagger
    docker  =>  docker
    bare  =>  bare
    ");
}

#[test]
fn the_same_spec_can_be_written_in_many_orders_and_cases() {
    insta::assert_snapshot!(check("dagger-v0-19-4-16c-32g-arm64-spot
        dagger-v0-19-4-spot-arm64-32g-16c
        DAGGER-V0-19-4-16C-32G-ARM64-SPOT
        dagger-v0.19.4-16c-arm64-spot
        dagger-latest-st-dind-gpu-x64-od-4c-8g-run-123
        docker-4c-gpu
        bare-2c-16g-st"), @"
    dagger-v0-19-4-16c-32g-arm64-spot  =>  dagger-v0-19-4-16c-32g-arm64-spot
    dagger-v0-19-4-spot-arm64-32g-16c  =>  dagger-v0-19-4-16c-32g-arm64-spot
    DAGGER-V0-19-4-16C-32G-ARM64-SPOT  =>  dagger-v0-19-4-16c-32g-arm64-spot
    dagger-v0.19.4-16c-arm64-spot  =>  dagger-v0-19-4-16c-32g-arm64-spot
    dagger-latest-st-dind-gpu-x64-od-4c-8g-run-123  =>  dagger-latest-4c-8g-x64-od-gpu-dind-st-run-123
    docker-4c-gpu  =>  docker-4c-8g-gpu
    bare-2c-16g-st  =>  bare-2c-16g-st
    ");
}

#[test]
fn versions_may_have_a_prerelease() {
    insta::assert_snapshot!(check("dagger-v1-0-0-beta-10
        dagger-v1-0-0-beta-10-4c
        dagger-v1.0.0-beta.10-spot
        dagger-v1-0-0-rc-run-7
        dagger-v1-0-0-rc1
        dagger-v0-19-0-beta-1"), @"
    dagger-v1-0-0-beta-10  =>  dagger-v1-0-0-beta-10
    dagger-v1-0-0-beta-10-4c  =>  dagger-v1-0-0-beta-10-4c-8g
    dagger-v1.0.0-beta.10-spot  =>  dagger-v1-0-0-beta-10-spot
    dagger-v1-0-0-rc-run-7  =>  dagger-v1-0-0-rc-run-7
    dagger-v1-0-0-rc1  =>  wrong: `rc1` is spelt `rc-1`; write `dagger-v1-0-0-rc-1`
    dagger-v0-19-0-beta-1  =>  wrong: v0.19.0-beta.1 is below v0.19.0, the oldest version this installation runs; write `dagger-v0-19-0`
    ");
}

#[test]
fn a_wrong_version_is_put_right() {
    insta::assert_snapshot!(check("dagger-0-19-4
        dagger-0.19.4-4c
        dagger-v0-19
        dagger-v0-19-4c
        dagger-v0-19-4-5
        dagger-v0-019-4
        dagger-v0-19-99999999999999999999
        dagger-v0-18-19-4c
        dagger-4c-v0-19-4
        dagger-spot-latest
        docker-v0-19-4-4c
        bare-4c-latest
        dagger-g3-v0-19-4-16c-st"), @"
    dagger-0-19-4  =>  wrong: a version begins with `v`, and `0-19-4` does not; write `dagger-v0-19-4`
    dagger-0.19.4-4c  =>  wrong: a version begins with `v`, and `0-19-4` does not; write `dagger-v0-19-4-4c-8g`
    dagger-v0-19  =>  wrong: `v0-19` is no whole version, which has three numbers; write `dagger-v0-19-0`
    dagger-v0-19-4c  =>  wrong: `v0-19` is no whole version, which has three numbers; write `dagger-v0-19-0-4c-8g`
    dagger-v0-19-4-5  =>  wrong: `v0-19-4-5` is no whole version, which has three numbers; write `dagger-v0-19-4`
    dagger-v0-019-4  =>  wrong: `019` is no number that a version has; write `dagger-v0-19-4`
    dagger-v0-19-99999999999999999999  =>  wrong: `99999999999999999999` is no number that a version has; write `dagger`
    dagger-v0-18-19-4c  =>  wrong: v0.18.19 is below v0.19.0, the oldest version this installation runs; write `dagger-v0-19-0-4c-8g`
    dagger-4c-v0-19-4  =>  wrong: the version `v0.19.4` comes right after the kind; write `dagger-v0-19-4-4c-8g`
    dagger-spot-latest  =>  wrong: the version `latest` comes right after the kind; write `dagger-latest-spot`
    docker-v0-19-4-4c  =>  wrong: `docker` has no version, only `dagger` does; write `docker-4c-8g`
    bare-4c-latest  =>  wrong: `bare` has no version, only `dagger` does; write `bare-4c-8g`
    dagger-g3-v0-19-4-16c-st  =>  wrong: `g3` is no part of a label; write `dagger-v0-19-4-16c-32g-st`
    ");
}

#[test]
fn a_wrong_size_is_put_right() {
    insta::assert_snapshot!(check("dagger-0c
        dagger-04c
        dagger-1.5c
        dagger-385c
        dagger-99999999999999999999c
        dagger-4c-0g
        dagger-4c-3073g
        dagger-32g
        dagger-v0-19-4-1g
        dagger-16cpu
        dagger-16vcpu-32gb"), @"
    dagger-0c  =>  wrong: `0c` is no number of vCPUs, which goes from `1c` to `384c`; write `dagger-1c-2g`
    dagger-04c  =>  wrong: `04c` is no number of vCPUs, which goes from `1c` to `384c`; write `dagger-4c-8g`
    dagger-1.5c  =>  wrong: `1.5c` is no number of vCPUs, which goes from `1c` to `384c`; write `dagger-2c-4g`
    dagger-385c  =>  wrong: `385c` is no number of vCPUs, which goes from `1c` to `384c`; write `dagger-384c-768g`
    dagger-99999999999999999999c  =>  wrong: `99999999999999999999c` is no number of vCPUs, which goes from `1c` to `384c`; write `dagger-384c-768g`
    dagger-4c-0g  =>  wrong: `0g` is no amount of memory, which goes from `1g` to `3072g`; write `dagger-4c-1g`
    dagger-4c-3073g  =>  wrong: `3073g` is no amount of memory, which goes from `1g` to `3072g`; write `dagger-4c-3072g`
    dagger-32g  =>  wrong: memory alone, `32g`, is no size, the number of vCPUs is missing; write `dagger-16c-32g`
    dagger-v0-19-4-1g  =>  wrong: memory alone, `1g`, is no size, the number of vCPUs is missing; write `dagger-v0-19-4-1c-1g`
    dagger-16cpu  =>  wrong: `16cpu` is spelt `16c`; write `dagger-16c-32g`
    dagger-16vcpu-32gb  =>  wrong: `16vcpu` is spelt `16c`; write `dagger-16c-32g`
    ");
}

#[test]
fn parts_that_stand_twice_or_contradict_each_other_are_wrong() {
    insta::assert_snapshot!(check("dagger-4c-4c
        dagger-4c-8c
        dagger-4c-8g-16g
        dagger-x64-arm64
        dagger-spot-od
        dagger-latest-latest
        dagger-v0-19-4-latest
        dagger-st-st
        dagger-arm64-gpu
        docker-4c-arm64-gpu
        docker-dind
        bare-dind-4c"), @"
    dagger-4c-4c  =>  wrong: `4c` stands there twice; write `dagger-4c-8g`
    dagger-4c-8c  =>  wrong: `4c` and `8c` contradict each other; write `dagger-4c-8g`
    dagger-4c-8g-16g  =>  wrong: `8g` and `16g` contradict each other; write `dagger-4c-8g`
    dagger-x64-arm64  =>  wrong: `x64` and `arm64` contradict each other; write `dagger-x64`
    dagger-spot-od  =>  wrong: `spot` and `od` contradict each other; write `dagger-spot`
    dagger-latest-latest  =>  wrong: `latest` stands there twice; write `dagger-latest`
    dagger-v0-19-4-latest  =>  wrong: `v0-19-4` and `latest` contradict each other; write `dagger-v0-19-4`
    dagger-st-st  =>  wrong: `st` stands there twice; write `dagger-st`
    dagger-arm64-gpu  =>  wrong: `gpu` and `arm64` do not go together, GPUs are on x64 only; write `dagger-gpu`
    docker-4c-arm64-gpu  =>  wrong: `gpu` and `arm64` do not go together, GPUs are on x64 only; write `docker-4c-8g-gpu`
    docker-dind  =>  wrong: `dind` does not go with `docker`, only with `dagger`; write `docker`
    bare-dind-4c  =>  wrong: `dind` does not go with `bare`, only with `dagger`; write `bare-4c-8g`
    ");
}

#[test]
fn the_run_comes_last_and_has_a_number() {
    insta::assert_snapshot!(check("dagger-run-123
        dagger-run-123-spot
        dagger-run-123-1
        dagger-run
        dagger-run-
        dagger-4c-run-spot
        dagger-run-abc
        dagger-run-0
        dagger-run-18446744073709551616
        dagger-run-1-run-2"), @"
    dagger-run-123  =>  dagger-run-123
    dagger-run-123-spot  =>  wrong: `run-123` has `spot` behind it, and it comes last; write `dagger-spot-run-123`
    dagger-run-123-1  =>  wrong: `run-123` has `1` behind it, and it comes last; write `dagger-run-123`
    dagger-run  =>  wrong: `run-` needs the number of the run, `${{ github.run_id }}`; write `dagger-run-${{ github.run_id }}`
    dagger-run-  =>  wrong: `run-` needs the number of the run, `${{ github.run_id }}`; write `dagger-run-${{ github.run_id }}`
    dagger-4c-run-spot  =>  wrong: `run-` needs the number of the run, `${{ github.run_id }}`; write `dagger-4c-8g-spot-run-${{ github.run_id }}`
    dagger-run-abc  =>  wrong: `run-` needs the number of the run, `${{ github.run_id }}`; write `dagger-run-${{ github.run_id }}`
    dagger-run-0  =>  wrong: `run-` needs the number of the run, `${{ github.run_id }}`; write `dagger-run-${{ github.run_id }}`
    dagger-run-18446744073709551616  =>  wrong: `run-` needs the number of the run, `${{ github.run_id }}`; write `dagger-run-${{ github.run_id }}`
    dagger-run-1-run-2  =>  wrong: `run-1` has `run-2` behind it, and it comes last; write `dagger-run-1`
    ");
    let unfilled = parse(&["dagger-4c-run-${{ github.run_id }}"], None);
    let Verdict::Wrong(wrong) = unfilled else { panic!("{unfilled:?}") };
    insta::assert_snapshot!(wrong, @"`${{ github.run_id }}` is for GitHub to fill in, and here its value has to stand; write `dagger-4c-8g-run-1`");
}

#[test]
fn a_slip_of_the_finger_is_named() {
    insta::assert_snapshot!(check("dagger-v0-19-4-16c-sopt
        dagger-v0-19-4-16c-fast
        dagger-amd64
        dagger-4c-x86-64
        dagger-x86_64
        dagger-aarch64-on-demand
        dagger-single-tenant
        dagger-
        dagger--4c
        docker-4c-fast"), @"
    dagger-v0-19-4-16c-sopt  =>  wrong: `sopt` is spelt `spot`; write `dagger-v0-19-4-16c-32g-spot`
    dagger-v0-19-4-16c-fast  =>  wrong: `fast` is no part of a label; write `dagger-v0-19-4-16c-32g`
    dagger-amd64  =>  wrong: `amd64` is spelt `x64`; write `dagger-x64`
    dagger-4c-x86-64  =>  wrong: `x86-64` is spelt `x64`; write `dagger-4c-8g-x64`
    dagger-x86_64  =>  wrong: `x86_64` is spelt `x64`; write `dagger-x64`
    dagger-aarch64-on-demand  =>  wrong: `aarch64` is spelt `arm64`; write `dagger-arm64-od`
    dagger-single-tenant  =>  wrong: `single-tenant` is spelt `st`; write `dagger-st`
    dagger-  =>  wrong: two dashes in a row, or one at the end, leave a part empty; write `dagger`
    dagger--4c  =>  wrong: two dashes in a row, or one at the end, leave a part empty; write `dagger-4c-8g`
    docker-4c-fast  =>  wrong: `fast` is no part of a label; write `docker-4c-8g`
    ");
}

#[test]
fn labels_of_other_people_are_left_alone() {
    insta::assert_snapshot!(check("
        ubuntu-latest
        self-hosted
        self-hosted linux x64
        self-hosted linux x64 docker
        self-hosted docker gpu
        self-hosted bare
        self-hosted dagger-ci
        daggerboard-v0-19-4
        daggerboard-4c
        dagger_v0-19-4
        dagger-ci
        dagger-engine-builder
        dagger-01
        docker-build-host
        docker-build-4c
        docker-latest
        docker-amd64
        docker-01
        bare-metal
        bare-metal-x64
        bare-metal-4c
        my-dagger-v0-19-4
        runs-on-4c
        4c-8g
        spot"), @"
      =>  foreign
    ubuntu-latest  =>  foreign
    self-hosted  =>  foreign
    self-hosted linux x64  =>  foreign
    self-hosted linux x64 docker  =>  foreign
    self-hosted docker gpu  =>  foreign
    self-hosted bare  =>  foreign
    self-hosted dagger-ci  =>  foreign
    daggerboard-v0-19-4  =>  foreign
    daggerboard-4c  =>  foreign
    dagger_v0-19-4  =>  foreign
    dagger-ci  =>  foreign
    dagger-engine-builder  =>  foreign
    dagger-01  =>  foreign
    docker-build-host  =>  foreign
    docker-build-4c  =>  foreign
    docker-latest  =>  foreign
    docker-amd64  =>  foreign
    docker-01  =>  foreign
    bare-metal  =>  foreign
    bare-metal-x64  =>  foreign
    bare-metal-4c  =>  foreign
    my-dagger-v0-19-4  =>  foreign
    runs-on-4c  =>  foreign
    4c-8g  =>  foreign
    spot  =>  foreign
    ");
    assert_eq!(parse::<&str>(&[], None), Verdict::Foreign);
}

#[test]
fn a_list_says_the_same_as_one_label() {
    insta::assert_snapshot!(check("self-hosted dagger-v0.19.4 16c-32g arm64 spot
        Linux X64 dagger-latest self-hosted 4c
        spot 4c dagger
        dagger v0.19.4
        self-hosted dagger
        self-hosted docker 4c-8g
        docker spot
        self-hosted dagger-v0-19-4-run-123"), @"
    self-hosted dagger-v0.19.4 16c-32g arm64 spot  =>  dagger-v0-19-4-16c-32g-arm64-spot
    Linux X64 dagger-latest self-hosted 4c  =>  dagger-latest-4c-8g-x64
    spot 4c dagger  =>  dagger-4c-8g-spot
    dagger v0.19.4  =>  dagger-v0-19-4
    self-hosted dagger  =>  dagger
    self-hosted docker 4c-8g  =>  docker-4c-8g
    docker spot  =>  docker-spot
    self-hosted dagger-v0-19-4-run-123  =>  dagger-v0-19-4-run-123
    ");
}

#[test]
fn a_list_with_anything_else_in_it_is_wrong() {
    insta::assert_snapshot!(check("dagger-v0-19-4 ubuntu-latest
        dagger-v0-19-4 docker-4c
        dagger-v0-19-4 dagger-v0-19-5
        dagger-v0-19-4 run-123
        dagger-v0-19-4-4c 8c
        dagger-v0-19-4 4c-sopt
        docker 4c big
        docker big 4c"), @"
    dagger-v0-19-4 ubuntu-latest  =>  wrong: a runner of ours would have to carry `ubuntu-latest` too, and take jobs meant for others; write `dagger-v0-19-4`
    dagger-v0-19-4 docker-4c  =>  wrong: `dagger-v0-19-4` and `docker-4c` are two kinds, and a job has one; write `dagger-v0-19-4`
    dagger-v0-19-4 dagger-v0-19-5  =>  wrong: `dagger-v0-19-4` and `dagger-v0-19-5` are two kinds, and a job has one; write `dagger-v0-19-4`
    dagger-v0-19-4 run-123  =>  wrong: `run-123` as a label of its own binds nothing, it has to end the one label; write `dagger-v0-19-4-run-123`
    dagger-v0-19-4-4c 8c  =>  wrong: `4c` and `8c` contradict each other; write `dagger-v0-19-4-4c-8g`
    dagger-v0-19-4 4c-sopt  =>  wrong: `sopt` is spelt `spot`; write `dagger-v0-19-4-4c-8g-spot`
    docker 4c big  =>  wrong: a runner of ours would have to carry `big` too, and take jobs meant for others; write `docker-4c-8g`
    docker big 4c  =>  foreign
    ");
}

#[test]
fn runs_on_s_spelling_is_read_where_it_means_the_same() {
    insta::assert_snapshot!(check("runs-on=123/cpu=4/ram=16/spot=true
        runs-on=123,cpu=4,ram=16,spot=false
        runs-on=123/runner=4cpu-linux-x64
        runs-on,runner=16cpu-linux-arm64,run-id=77
        runs-on=123-build/cpu=4+16/ram=16+64
        runs-on=123/ram=16
        runs-on=123
        runs-on
        runs-on cpu=2 ram=8
        runs-on=123/cpu=4/family=m7a+c7i.*/ssh=false/retry=when-interrupted/spot=lowest-price
        self-hosted runs-on=5/cpu=1"), @"
    runs-on=123/cpu=4/ram=16/spot=true  =>  docker-4c-16g-spot-run-123
    runs-on=123,cpu=4,ram=16,spot=false  =>  docker-4c-16g-od-run-123
    runs-on=123/runner=4cpu-linux-x64  =>  docker-4c-8g-x64-run-123
    runs-on,runner=16cpu-linux-arm64,run-id=77  =>  docker-16c-32g-arm64-run-77
    runs-on=123-build/cpu=4+16/ram=16+64  =>  docker-4c-16g-run-123
    runs-on=123/ram=16  =>  docker-2c-16g-run-123
    runs-on=123  =>  docker-run-123
    runs-on  =>  docker
    runs-on cpu=2 ram=8  =>  docker-2c-8g
    runs-on=123/cpu=4/family=m7a+c7i.*/ssh=false/retry=when-interrupted/spot=lowest-price  =>  docker-4c-8g-spot-run-123
    self-hosted runs-on=5/cpu=1  =>  docker-1c-2g-run-5
    ");
}

#[test]
fn what_runs_on_has_and_we_have_not_is_wrong() {
    insta::assert_snapshot!(check("runs-on=123/cpu=4/image=ubuntu22-full-arm64
        runs-on=123/runner=4cpu-windows-x64
        runs-on=123/runner=gofast
        runs-on=123/family=g4dn.xlarge/cpu=4
        runs-on=123/family=c7a.2xlarge
        runs-on=abc/cpu=4
        runs-on=123/cpu=0
        runs-on=123/cpu=many/ram=16
        runs-on=123/cpu=4/cpu=8
        runs-on=123/volume=80gb
        runs-on=123/extras=efs+tmpfs
        runs-on=123/private=true
        runs-on=123/spot=maybe
        runs-on=123/colour=red
        runs-on=123 ubuntu-latest"), @"
    runs-on=123/cpu=4/image=ubuntu22-full-arm64  =>  wrong: RunsOn's `image=ubuntu22-full-arm64` cannot be chosen here, jobs run in the installation's own image; write `docker-4c-8g-arm64-run-123`
    runs-on=123/runner=4cpu-windows-x64  =>  wrong: `4cpu-windows-x64` is none of RunsOn's runners that mean the same here, as `4cpu-linux-x64` does; write `docker-run-123`
    runs-on=123/runner=gofast  =>  wrong: `gofast` is none of RunsOn's runners that mean the same here, as `4cpu-linux-x64` does; write `docker-run-123`
    runs-on=123/family=g4dn.xlarge/cpu=4  =>  wrong: RunsOn's `family=g4dn.xlarge` names machines with a GPU, which is `gpu` here; write `docker-4c-8g-gpu-run-123`
    runs-on=123/family=c7a.2xlarge  =>  wrong: RunsOn's `family=c7a.2xlarge` names a machine, and here a job names its size; write `docker-run-123`
    runs-on=abc/cpu=4  =>  wrong: `abc` is no run, which is a number; write `docker-4c-8g-run-${{ github.run_id }}`
    runs-on=123/cpu=0  =>  wrong: `cpu=0` is no number of vCPUs, which goes from `1c` to `384c`; write `docker-run-123`
    runs-on=123/cpu=many/ram=16  =>  wrong: `cpu=many` is no number of vCPUs, which goes from `1c` to `384c`; write `docker-2c-16g-run-123`
    runs-on=123/cpu=4/cpu=8  =>  wrong: `cpu=4` and `cpu=8` contradict each other; write `docker-4c-8g-run-123`
    runs-on=123/volume=80gb  =>  wrong: RunsOn's `volume=80gb` cannot be chosen here, the disk is the node's NVMe; write `docker-run-123`
    runs-on=123/extras=efs+tmpfs  =>  wrong: RunsOn's `extras=efs+tmpfs` is not offered here; write `docker-run-123`
    runs-on=123/private=true  =>  wrong: RunsOn's `private=true` is the pool's to say; write `docker-run-123`
    runs-on=123/spot=maybe  =>  wrong: RunsOn's `spot=maybe` is `true` or `false`; write `docker-run-123`
    runs-on=123/colour=red  =>  wrong: RunsOn's `colour=red` is an option that has no counterpart here; write `docker-run-123`
    runs-on=123 ubuntu-latest  =>  wrong: a runner of ours would have to carry `ubuntu-latest` too, and take jobs meant for others; write `docker-run-123`
    ");
}

#[test]
fn labels_beyond_github_s_limits_are_wrong() {
    let long = format!("runs-on=1/tag={}", "x".repeat(250));
    let Verdict::Wrong(wrong) = parse(&[long], None) else { panic!("too long for GitHub") };
    insta::assert_snapshot!(wrong, @"a label has at most 256 characters, this one has 264; write `docker-run-1`");
    let mut many = vec!["self-hosted"; 100];
    many.push("dagger");
    let Verdict::Wrong(wrong) = parse(&many, None) else { panic!("too many for GitHub") };
    insta::assert_snapshot!(wrong, @"a runner has at most 100 labels, this job asks for 101; write `dagger`");
}

#[test]
fn a_list_and_an_unbound_label_have_a_caveat() {
    let told = |labels: &[&str]| {
        let Verdict::Ours(spec) = parse(labels, None) else { panic!("{labels:?}") };
        caveats(labels, &spec).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(told(&["self-hosted", "dagger-v0.19.4", "16c-32g"]), @"a list does not protect against jobs stealing each other's runners: GitHub gives a job to any runner whose labels contain all of the job's, so a job that asks for only some of these labels can take this runner; one label protects, `dagger-v0-19-4-16c-32g-run-${{ github.run_id }}`");
    insta::assert_snapshot!(told(&["dagger-v0-19-4-16c"]), @"a job of another run that asks for the same may take this runner, and this job that one's; to bind it to its run write `dagger-v0-19-4-16c-32g-run-${{ github.run_id }}`");
    insta::assert_snapshot!(told(&["runs-on=1/cpu=4/family=m7/ssh=false"]), @"read over, because pools decide it here: `family=m7`, `ssh=false`");
    assert_eq!(told(&["dagger-v0-19-4-16c-run-5"]), "");
}

#[test]
fn a_size_left_open_is_the_pool_s() {
    let default = Size { cpu: CpuUnits(2048), memory: Mib(3000) };
    assert_eq!(Spec::of_kind(Kind::Bare).size(default), default);
    let Verdict::Ours(spec) = parse(&["bare-4c"], None) else { panic!("a good label") };
    assert_eq!(spec.size(default), Size { cpu: CpuUnits(4096), memory: Mib(8 * 960) });
}

#[test]
fn a_version_left_open_is_the_latest_of_dagger_and_of_nothing_else() {
    assert_eq!(Spec::of_kind(Kind::Dagger).engine(), Some(&Version::Latest));
    assert_eq!(Spec::of_kind(Kind::Docker).engine(), None);
}
