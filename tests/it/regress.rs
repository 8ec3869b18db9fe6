//! When `benches/regress` fails: the comparison, without the counting.

#[path = "../../benches/regress/figures.rs"]
mod figures;

use figures::Figures;

fn figures(instructions: &[(&str, u64)]) -> Figures {
    let instructions = instructions.iter().map(|&(input, count)| (input.to_owned(), count)).collect();
    Figures { compiler: "rustc 1".into(), instructions }
}

#[test]
fn more_than_five_percent_more_fails_and_says_so() {
    // Was; is; whether it holds; what is said.
    let table = [
        (1000, 1000, true, "+0.00 %\n"),
        (1000, 1050, true, "+5.00 %\n"),
        (1000, 1051, false, "+5.10 %  FAILED"),
        (1000, 949, true, "-5.10 %  better"),
    ];
    for (was, is, holds, said) in table {
        let comparison = figures(&[("other", 7), ("binary", was)]).compare(&figures(&[("binary", is), ("other", 7)]));
        let text = comparison.to_string();
        assert_eq!(comparison.holds(), holds, "{text}");
        assert!(text.contains(said), "{said}: {text}");
        assert_eq!(text.contains("-- --update"), !holds, "{text}");
    }
}

#[test]
fn an_input_without_a_figure_fails_and_a_figure_without_an_input_too() {
    let (one, two) = (figures(&[("a", 1)]), figures(&[("a", 1), ("b", 1)]));
    assert!(two.compare(&two).holds());
    assert!(!one.compare(&two).holds() && !two.compare(&one).holds());
}

#[test]
fn another_compiler_is_named() {
    let [was, mut is] = [(); 2].map(|()| figures(&[("a", 1)]));
    is.compiler = "rustc 2".into();
    let text = was.compare(&is).to_string();
    assert!(text.contains("figures are of rustc 1, the counts of rustc 2"), "{text}");
    assert!(!was.compare(&was).to_string().contains("rustc"));
}
