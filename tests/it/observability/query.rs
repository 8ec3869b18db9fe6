//! Checks whether a query can have an answer: each metric, label and value that it names exists, and its functions fit
//! the metric's kind.

use std::collections::BTreeSet;

use promql_parser::label::{MatchOp, Matcher};
use promql_parser::parser::token::{T_LAND, T_LOR, T_LUNLESS};
use promql_parser::parser::{self, BinModifier, BinaryExpr, Call, Expr, LabelModifier, VectorSelector};

use super::exposition::Exported;

/// Labels whose values are not known beforehand. The worker exports all values of every other label from its start.
const OPEN: [&str; 8] = ["instance", "job", "name", "namespace", "pod", "sha256", "version", "vhost"];

/// The functions allowed on a counter.
const OF_COUNTERS: [&str; 3] = ["increase", "present_over_time", "rate"];
/// The functions allowed on counters only.
const OF_COUNTERS_ALONE: [&str; 2] = ["increase", "rate"];

/// Names of labels.
pub type Labels = BTreeSet<String>;

/// The result of a check: the query's labels, metrics and problems.
#[derive(Debug, Default)]
pub struct Checked {
    /// The labels of the query's answer; for operands of `or`, those of either.
    pub labels: Labels,
    /// The names of the metrics that the query reads.
    pub metrics: BTreeSet<String>,
    /// The problems found.
    pub problems: Vec<String>,
}

/// Checks a query against the exported metrics.
pub fn check(query: &str, exported: &Exported) -> Checked {
    let mut checker = Checker { exported, metrics: BTreeSet::new(), problems: Vec::new() };
    let labels = match parser::parse(query) {
        Ok(expression) => checker.vector(&expression, None).unwrap_or_default(),
        Err(error) => {
            checker.problem(&error);
            Labels::new()
        }
    };
    let problems = checker.problems.iter().map(|problem| format!("{problem}\n    in {query}")).collect();
    Checked { labels, metrics: checker.metrics, problems }
}

struct Checker<'a> {
    exported: &'a Exported,
    metrics: BTreeSet<String>,
    problems: Vec<String>,
}

impl Checker<'_> {
    fn problem(&mut self, problem: &str) {
        self.problems.push(problem.to_owned());
    }

    /// The labels of an expression's value; none for a number. `asked` is the function applied to the expression.
    fn vector(&mut self, expression: &Expr, asked: Option<&str>) -> Option<Labels> {
        match expression {
            Expr::NumberLiteral(_) | Expr::StringLiteral(_) => None,
            Expr::Paren(inner) => self.vector(&inner.expr, asked),
            Expr::Unary(inner) => self.vector(&inner.expr, None),
            Expr::VectorSelector(selector) => Some(self.selector(selector, asked)),
            Expr::MatrixSelector(range) => Some(self.selector(&range.vs, asked)),
            Expr::Aggregate(aggregate) => {
                let inner = self.vector(&aggregate.expr, None).unwrap_or_default();
                Some(match &aggregate.modifier {
                    None => Labels::new(),
                    Some(LabelModifier::Include(by)) => self.among(&by.labels, &inner),
                    Some(LabelModifier::Exclude(without)) => &inner - &self.among(&without.labels, &inner),
                })
            }
            Expr::Call(call) => self.call(call),
            Expr::Binary(binary) => self.binary(binary),
            Expr::Subquery(_) | Expr::Extension(_) => {
                self.problem("this check does not know subqueries: teach it, or do without");
                None
            }
        }
    }

    fn selector(&mut self, selector: &VectorSelector, asked: Option<&str>) -> Labels {
        let name = selector.name.as_deref().unwrap_or_default();
        self.metrics.insert(name.to_owned());
        let metric = match self.exported.metric(name) {
            Ok(metric) => metric,
            Err(problem) => {
                self.problem(&problem);
                return Labels::new();
            }
        };
        let asks = |functions: &[&str]| asked.is_some_and(|asked| functions.contains(&asked));
        if metric.is_counter && !asks(&OF_COUNTERS) {
            self.problem(&format!("{name} only ever rises: ask for its rate() or increase()"));
        }
        if !metric.is_counter && asks(&OF_COUNTERS_ALONE) {
            self.problem(&format!("{name} is no counter: {}() means nothing", asked.unwrap_or_default()));
        }
        let labels = metric.labels();
        for matcher in &selector.matchers.matchers {
            self.among(std::slice::from_ref(&matcher.name), &labels);
            if let Some(values) = metric.values.get(&matcher.name)
                && !OPEN.contains(&matcher.name.as_str())
                && let Some(missing) = matches_nothing(matcher, values)
            {
                self.problem(&format!("{name} has no {} {missing}, but {values:?}", matcher.name));
            }
        }
        labels
    }

    fn call(&mut self, call: &Call) -> Option<Labels> {
        let name = call.func.name;
        let arguments: Vec<_> =
            call.args.args.iter().filter_map(|argument| self.vector(argument, Some(name))).collect();
        let mut labels = arguments.into_iter().next()?;
        if name == "histogram_quantile" && !labels.remove("le") {
            self.problem("histogram_quantile() needs buckets, with their label le");
        }
        Some(labels)
    }

    fn binary(&mut self, binary: &BinaryExpr) -> Option<Labels> {
        let (left, right) = match (self.vector(&binary.lhs, None), self.vector(&binary.rhs, None)) {
            (Some(left), Some(right)) => (left, right),
            (one, other) => return one.or(other),
        };
        let operator = binary.op.id();
        if operator == T_LOR {
            return Some(&left | &right);
        }
        let modifier = binary.modifier.as_ref();
        let matching = modifier.and_then(|modifier| modifier.matching.as_ref());
        let matched = match matching {
            Some(LabelModifier::Include(on)) => {
                self.among(&on.labels, &left);
                self.among(&on.labels, &right)
            }
            Some(LabelModifier::Exclude(ignored)) => {
                let ignored: Labels = ignored.labels.iter().cloned().collect();
                self.same(&(&left - &ignored), &(&right - &ignored))
            }
            None => self.same(&left, &right),
        };
        if operator == T_LAND || operator == T_LUNLESS {
            return Some(left);
        }
        Some(match modifier.map(|BinModifier { card, .. }| card) {
            Some(parser::VectorMatchCardinality::ManyToOne(taken)) => &left | &self.among(&taken.labels, &right),
            Some(parser::VectorMatchCardinality::OneToMany(taken)) => &right | &self.among(&taken.labels, &left),
            _ => matched,
        })
    }

    /// Operands that are matched by all their labels never match if the labels differ.
    fn same(&mut self, left: &Labels, right: &Labels) -> Labels {
        if left != right {
            self.problem(&format!("never matches: {left:?} on the left, {right:?} on the right"));
        }
        left.clone()
    }

    fn among(&mut self, named: &[String], labels: &Labels) -> Labels {
        for name in named.iter().filter(|name| !labels.contains(*name)) {
            self.problem(&format!("no label {name}, but {labels:?}"));
        }
        named.iter().cloned().collect()
    }
}

/// A value, or an alternative of a regular expression, that the matcher names and that does not exist.
fn matches_nothing(matcher: &Matcher, values: &BTreeSet<String>) -> Option<String> {
    let exists = |selector: String| match parser::parse(&selector) {
        Ok(Expr::VectorSelector(one)) => {
            values.iter().any(|value| one.matchers.matchers.iter().all(|matcher| matcher.is_match(value)))
        }
        _ => false,
    };
    let is_one = |value: &&str| match matcher.op {
        MatchOp::Equal | MatchOp::NotEqual => exists(format!("x{{l={value:?}}}")),
        MatchOp::Re(_) | MatchOp::NotRe(_) => exists(format!("x{{l=~{value:?}}}")),
    };
    let named: Vec<&str> = match matcher.op {
        MatchOp::Equal | MatchOp::NotEqual => vec![&matcher.value],
        // This splits alternatives within brackets, too, and reports them: write alternatives at the top level.
        MatchOp::Re(_) | MatchOp::NotRe(_) => matcher.value.split('|').collect(),
    };
    named.into_iter().find(|value| !is_one(value)).map(str::to_owned)
}
