//! The program as people start it.

use std::{fs, process::Command};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../wire/tests/golden/config.json");

/// What a call prints, and its exit code on the last line.
fn quillon(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quillon"));
    // Nobody's account, whoever runs the tests.
    let output = command.args(arguments).env_clear().output().expect("it was just built");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().expect("nothing ends it by a signal");
    format!("{}{}exit {code}", text(&output.stdout), text(&output.stderr))
}

fn explain(labels: &[&str]) -> String {
    quillon(&[&["label", "explain"], labels].concat())
}

#[test]
fn an_installation_is_not_read_by_nobody_and_nowhere() {
    insta::assert_snapshot!(quillon(&["why", "1", "--table", "quillon"]), @"
    quillon: AWS_REGION is not set: set it, or say `--region`
    exit 2
    ");
    insta::assert_snapshot!(quillon(&["why", "1", "--table", "quillon", "--region", "eu-central-1"]), @r#"
    quillon: AWS_ACCESS_KEY_ID is not set: sign in, then `eval "$(aws configure export-credentials --format env)"`
    exit 2
    "#);
}

#[test]
fn a_label_is_explained_part_by_part() {
    insta::assert_snapshot!(explain(&["dagger-v0-19-4-16c-32g-arm64-spot-run-123"]), @"
    ours: dagger-v0-19-4-16c-32g-arm64-spot-run-123
      kind          dagger: a Dagger engine beside the runner
      version       v0.19.4
      size          16 vCPUs and 32 GiB as machines are sold: runner and sidecars may count on 30720 MiB together
      architecture  arm64
      purchase      spot
      GPU           no
      dind          no
      single tenant no
      run           123, and no other
    exit 0
    ");
    insta::assert_snapshot!(explain(&["dagger-latest-4c-gpu-dind-st"]), @"
    ours: dagger-latest-4c-8g-gpu-dind-st
      kind          dagger: a Dagger engine beside the runner
      version       latest: whatever is newest when the job starts
      size          4 vCPUs and 8 GiB as machines are sold: runner and sidecars may count on 7680 MiB together
      architecture  left open: whichever pool fits
      purchase      left open: whichever pool fits
      GPU           yes, so on x86_64
      dind          yes: a dockerd beside the engine too
      single tenant yes: the node runs nothing else
      run           any
    note: a job of another run that asks for the same may take this runner, and this job that one's; to bind it to its run write `dagger-latest-4c-8g-gpu-dind-st-run-${{ github.run_id }}`
    exit 0
    ");
    insta::assert_snapshot!(explain(&["bare"]), @"
    ours: bare
      kind          bare: nothing beside the runner
      size          left open: the pool's default
      architecture  left open: whichever pool fits
      purchase      left open: whichever pool fits
      GPU           no
      dind          no
      single tenant no
      run           any
    note: a job of another run that asks for the same may take this runner, and this job that one's; to bind it to its run write `bare-run-${{ github.run_id }}`
    exit 0
    ");
}

#[test]
fn a_list_is_explained_with_what_it_does_not_protect_against() {
    insta::assert_snapshot!(explain(&["self-hosted", "dagger-v0.19.4", "16c-32g", "arm64", "spot"]), @"
    ours: dagger-v0-19-4-16c-32g-arm64-spot
      kind          dagger: a Dagger engine beside the runner
      version       v0.19.4
      size          16 vCPUs and 32 GiB as machines are sold: runner and sidecars may count on 30720 MiB together
      architecture  arm64
      purchase      spot
      GPU           no
      dind          no
      single tenant no
      run           any
    note: a list does not protect against jobs stealing each other's runners: GitHub gives a job to any runner whose labels contain all of the job's, so a job that asks for only some of these labels can take this runner; one label protects, `dagger-v0-19-4-16c-32g-arm64-spot-run-${{ github.run_id }}`
    exit 0
    ");
    assert_eq!(
        explain(&["self-hosted", "dagger-v0.19.4", "16c-32g"]),
        explain(&["[self-hosted, 'dagger-v0.19.4', \"16c-32g\"]"])
    );
}

#[test]
fn other_people_s_labels_are_no_error_and_wrong_ones_are() {
    insta::assert_snapshot!(explain(&["ubuntu-latest"]), @"
    foreign: another runner's, left alone; a label of ours begins with `dagger`, `docker` or `bare`, like `dagger-v0-19-4-4c-spot`
    exit 0
    ");
    insta::assert_snapshot!(explain(&["dagger-0-19-4"]), @"
    wrong: a version begins with `v`, and `0-19-4` does not; write `dagger-v0-19-4`
    exit 1
    ");
    insta::assert_snapshot!(explain(&["--min-version", "v0.19.0", "dagger-v0-18-19"]), @"
    wrong: v0.18.19 is below v0.19.0, the oldest version this installation runs; write `dagger-v0-19-0`
    exit 1
    ");
}

#[test]
fn json_has_the_same_keys_for_every_verdict() {
    insta::assert_snapshot!(explain(&["--json", "dagger-v0-19-4-16c-arm64-spot-run-123"]), @r#"
    {
      "verdict": "ours",
      "kind": "dagger",
      "version": "v0.19.4",
      "vcpu": 16,
      "memory_gib": 32,
      "arch": "arm64",
      "purchase": "spot",
      "gpu": false,
      "dind": false,
      "single_tenant": false,
      "run": 123,
      "message": null
    }
    exit 0
    "#);
    insta::assert_snapshot!(explain(&["--json", "runs-on=123/cpu=4/ram=16/spot=false/ssh=false"]), @r#"
    {
      "verdict": "ours",
      "kind": "docker",
      "version": null,
      "vcpu": 4,
      "memory_gib": 16,
      "arch": null,
      "purchase": "on-demand",
      "gpu": false,
      "dind": false,
      "single_tenant": false,
      "run": 123,
      "message": "read over, because pools decide it here: `ssh=false`"
    }
    exit 0
    "#);
    insta::assert_snapshot!(explain(&["--json", "docker"]), @r#"
    {
      "verdict": "ours",
      "kind": "docker",
      "version": null,
      "vcpu": null,
      "memory_gib": null,
      "arch": null,
      "purchase": null,
      "gpu": false,
      "dind": false,
      "single_tenant": false,
      "run": null,
      "message": null
    }
    exit 0
    "#);
    insta::assert_snapshot!(explain(&["--json", "ubuntu-latest"]), @r#"
    {
      "verdict": "foreign",
      "kind": null,
      "version": null,
      "vcpu": null,
      "memory_gib": null,
      "arch": null,
      "purchase": null,
      "gpu": null,
      "dind": null,
      "single_tenant": null,
      "run": null,
      "message": null
    }
    exit 0
    "#);
    insta::assert_snapshot!(explain(&["--json", "dagger-4c-arm64-gpu"]), @r#"
    {
      "verdict": "wrong",
      "kind": null,
      "version": null,
      "vcpu": null,
      "memory_gib": null,
      "arch": null,
      "purchase": null,
      "gpu": null,
      "dind": null,
      "single_tenant": null,
      "run": null,
      "message": "`gpu` and `arm64` do not go together, GPUs are on x64 only; write `dagger-4c-8g-gpu`"
    }
    exit 1
    "#);
}

#[test]
fn a_good_document_is_summed_up() {
    insta::assert_snapshot!(quillon(&["config", "check", GOLDEN]), @"
    ok: quillon in eu-central-1, 1 pool
      arm64-spot: trusted arm64 spot, up to 10 of c7gd.4xlarge, the largest job is 16c-32g
    exit 0
    ");
}

#[test]
fn a_bad_document_has_all_its_faults_told() {
    let folder = tempfile::tempdir().expect("a folder for one test");
    let file = folder.path().join("config.json");
    let golden = fs::read_to_string(GOLDEN).expect("the golden document");
    let bad = golden.replace("\"max_nodes\": 10", "\"max_nodes\": 0").replace("\"spot\"", "\"cheap\"");
    fs::write(&file, bad).expect("a file for one test");
    insta::assert_snapshot!(quillon(&["config", "check", &file.to_string_lossy()]), @r#"
    pools.arm64-spot.max_nodes: cannot be 0; write a whole number from 1 to 5000
    pools.arm64-spot.purchase: cannot be "cheap"; write "spot" or "on-demand"
    exit 1
    "#);
}

#[test]
fn what_cannot_be_read_or_understood_is_told_apart_by_its_exit_code() {
    insta::assert_snapshot!(quillon(&["config", "check", "/no/such/file"]), @"
    quillon: cannot read /no/such/file: No such file or directory (os error 2)
    exit 2
    ");
    assert!(quillon(&["label", "explain"]).ends_with("exit 2"));
    assert!(quillon(&["label", "explain", "--min-version", "0.19", "dagger"]).ends_with("exit 2"));
}
