//! What holds for every label, near misses included.

use model::{
    Arch, Purchase,
    label::{Kind, Release, Spec, Verdict, Version, parse},
    size::{Gib, Shape, Vcpu},
};
use proptest::prelude::*;

proptest! {
    #[test]
    fn the_label_of_a_spec_says_that_spec(spec in specs()) {
        prop_assert_eq!(parse(&[spec.to_string()], None), Verdict::Ours(spec));
    }

    #[test]
    fn what_to_write_instead_can_be_read(labels in labels()) {
        let minimum = Release::new(0, 19, 0);
        if let Verdict::Wrong(wrong) = parse(&labels, Some(&minimum)) {
            prop_assert_eq!(parse(&[wrong.instead.to_string()], Some(&minimum)), Verdict::Ours(wrong.instead));
        }
    }

    #[test]
    fn whatever_is_ours_has_one_label_that_says_the_same(labels in labels()) {
        if let Verdict::Ours(spec) = parse(&labels, None) {
            prop_assert_eq!(parse(&[spec.to_string()], None), Verdict::Ours(spec));
        }
    }

    #[test]
    fn nothing_in_a_label_stops_the_parser(labels in prop::collection::vec(any::<String>(), 0..4), tail in any::<String>()) {
        let _ = parse(&labels, None);
        let _ = parse(&[format!("dagger-{tail}")], None);
        let _ = parse(&[format!("runs-on={tail}")], None);
    }
}

fn specs() -> impl Strategy<Value = Spec> {
    let version = prop_oneof![
        Just(Version::Latest),
        (0..3_u64, 0..40_u64, any::<u64>(), prop::option::of((0..5_usize, prop::option::of(any::<u64>()))))
            .prop_map(|(major, minor, patch, pre)| {
                let pre = pre.map(|(stage, number)| {
                    let number = number.map(|number| format!(".{number}")).unwrap_or_default();
                    format!("-{}{number}", ["alpha", "beta", "dev", "pre", "rc"][stage])
                });
                let tag = format!("v{major}.{minor}.{patch}{}", pre.unwrap_or_default());
                Version::Release(tag.parse().expect("a tag"))
            }),
    ];
    let shape = (1..=Vcpu::MAX, 1..=Gib::MAX).prop_map(|(vcpu, memory)| Shape {
        vcpu: Vcpu::new(vcpu).expect("in range"),
        memory: Gib::new(memory).expect("in range"),
    });
    (
        prop::sample::select(&Kind::ALL[..]),
        prop::option::of(version),
        prop::option::of(shape),
        prop::option::of(prop::sample::select(&Arch::ALL[..])),
        prop::option::of(prop::sample::select(&Purchase::ALL[..])),
        any::<[bool; 3]>(),
        prop::option::of(1..=u64::MAX),
    )
        .prop_map(|(kind, version, shape, arch, purchase, [gpu, dind, single_tenant], run)| Spec {
            kind,
            version: version.filter(|_| kind == Kind::Dagger),
            shape,
            arch,
            purchase,
            gpu: gpu && arch != Some(Arch::Arm64),
            dind: dind && kind == Kind::Dagger,
            single_tenant,
            run,
        })
}

/// Words that labels are made of, so that random labels are near misses and not noise.
fn labels() -> impl Strategy<Value = Vec<String>> {
    let words = prop::sample::select(vec![
        "dagger",
        "docker",
        "bare",
        "v0",
        "0",
        "19",
        "4",
        "latest",
        "beta",
        "10",
        "rc1",
        "v0.19.4",
        "16c",
        "0c",
        "1.5c",
        "32g",
        "9999g",
        "16cpu",
        "x64",
        "arm64",
        "amd64",
        "x86",
        "64",
        "spot",
        "sopt",
        "od",
        "on",
        "demand",
        "gpu",
        "dind",
        "st",
        "run",
        "123",
        "0",
        "",
        "${{ x }}",
        "self",
        "hosted",
        "linux",
        "é",
        "runs-on=1",
        "runs-on",
        "cpu=4",
        "ram=16",
        "runner=2cpu-linux-x64",
        "family=g4dn",
        "spot=true",
    ]);
    let label =
        (prop::collection::vec(words, 1..7), prop::sample::select(vec!["-", "-", "-", "/", ",", "."]))
            .prop_map(|(words, between)| words.join(between));
    prop::collection::vec(label, 0..4)
}
