//! Why a job cannot run, told to its author.

use crate::check;

#[test]
fn an_author_is_told_once_of_a_label_that_no_waiting_helps() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         roll acme
         job 1 dagger-v0.19.4-4x committed
         job 2 dagger-v0.19.4-4x committed told=1m
         job 3 dagger-v0.19.4-4x
         job 4 dagger-64c-128g committed
         job 5 dagger-4c-8g-arm64 committed
         job 6 dagger-v0.19.9-4c-8g committed
         missing v0.19.9 there is no engine v0.19.9
         job 7 dagger-4c-8g committed unasked",
    ), @"");
}

#[test]
fn nobody_is_told_while_the_forge_is_silent() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         job 1 dagger-v0.19.4-4x committed",
    ), @"");
}
