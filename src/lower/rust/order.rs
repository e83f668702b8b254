//! `<` and its like of structures, tuples and enumerations, as a derivation has them: the first part that differs decides.

use super::comparisons::DEPTH;
use super::parts::TAG;
use super::{Lower, aggregates, options, types};
use crate::ir::{BinaryOp, BlockId, Expr, Place, Type};
use crate::lower::values::constant;
use crate::source::Span;
use crate::syntax::index::ByName;

/// Of how many variants with data the data is compared.
const VARIANTS: usize = 8;

/// Where to go if the left side is less, equal, greater.
type Ways = [BlockId; 3];

/// Functions with which a type says how it is ordered.
const OWN: [&str; 6] = ["partial_cmp", "cmp", "lt", "le", "gt", "ge"];

/// The truth of a comparison of what two places hold.
pub fn compare(lowering: &mut Lower<'_>, op: BinaryOp, (left, right): (Place, Place), at: Span) -> Expr {
    let ways = std::array::from_fn(|_| lowering.body.block());
    places(lowering, (&left, &right), ways, at);
    let result = lowering.body.temporary(Type::BOOL, at);
    let exit = lowering.body.block();
    let [less, equal, greater] = ways;
    let holds = match op {
        BinaryOp::Less => [true, false, false],
        BinaryOp::LessEqual => [true, true, false],
        BinaryOp::Greater => [false, false, true],
        _ => [false, true, true],
    };
    for (block, holds) in [less, equal, greater].into_iter().zip(holds) {
        lowering.body.switch_to(block);
        let value = constant(u64::from(holds), Type::BOOL, at);
        lowering.body.assign(Place::Var(result), value, at);
        lowering.body.goto(exit);
    }
    lowering.body.switch_to(exit);
    Expr::Load(Place::Var(result), Type::BOOL, at)
}

fn undecided(lowering: &mut Lower<'_>, [less, equal, greater]: Ways, at: Span) {
    let next = lowering.body.block();
    lowering.body.branch(Expr::Unknown(Type::BOOL, at), less, next, at);
    lowering.body.switch_to(next);
    lowering.body.branch(Expr::Unknown(Type::BOOL, at), equal, greater, at);
}

fn numbers(lowering: &mut Lower<'_>, [left, right]: [Expr; 2], [less, equal, greater]: Ways, at: Span) {
    let next = lowering.body.block();
    let test = lowering.operation("<", left.clone(), right.clone(), at);
    lowering.body.branch(test, less, next, at);
    lowering.body.switch_to(next);
    let test = lowering.operation("==", left, right, at);
    lowering.body.branch(test, equal, greater, at);
}

fn places(lowering: &mut Lower<'_>, (left, right): (&Place, &Place), ways: Ways, at: Span) {
    let [left, right] = [left, right].map(|place| aggregates::behind(lowering, place.clone(), at));
    let ty = match lowering.place_type(&left) {
        Type::Unknown => lowering.place_type(&right),
        ty => ty,
    };
    if lowering.language.comparing >= DEPTH {
        return undecided(lowering, ways, at);
    }
    lowering.language.comparing += 1;
    match ty {
        Type::Aggregate(_) => lowering.deeper(at, (), |lowering| structures(lowering, (&left, &right), &ty, ways, at)),
        _ => {
            let values = [left, right].map(|place| lowering.load(place, at));
            match values.iter().all(|value| lowering.is_number(value)) {
                true => numbers(lowering, values, ways, at),
                false => undecided(lowering, ways, at),
            }
        }
    }
    lowering.language.comparing -= 1;
}

fn structures(lowering: &mut Lower<'_>, sides: (&Place, &Place), ty: &Type, ways: Ways, at: Span) {
    let Some(base) = types::base(ty).map(str::to_owned) else {
        return undecided(lowering, ways, at);
    };
    let own = |name: &&str| {
        let mut items = lowering.index.functions(name).iter();
        items.any(|&id| lowering.index.item(id).1.scope.last() == Some(&base))
    };
    if OWN.iter().any(own) {
        return undecided(lowering, ways, at);
    }
    match base.as_str() {
        "" => {
            let count = types::arguments(ty).len();
            parts(
                lowering,
                sides,
                (0..count).map(|index| index.to_string()).collect(),
                ways,
                at,
            )
        }
        "NonZero" | "Wrapping" | "Saturating" => parts(lowering, sides, vec!["0".to_owned()], ways, at),
        "Option" => optional(lowering, sides, ways, at),
        _ if lowering.is_enumeration(ty) => variants(lowering, sides, &base, ways, at),
        _ => {
            let fields = lowering.structure_fields(ty).into_iter();
            match fields.map(|field| field.name).collect::<Vec<_>>() {
                names if names.is_empty() => undecided(lowering, ways, at),
                names => parts(lowering, sides, names, ways, at),
            }
        }
    }
}

fn parts(lowering: &mut Lower<'_>, sides: (&Place, &Place), names: Vec<String>, ways: Ways, at: Span) {
    let [less, equal, greater] = ways;
    for name in names {
        let next = lowering.body.block();
        let [left, right] = [sides.0, sides.1].map(|place| Place::field(place.clone(), name.clone()));
        places(lowering, (&left, &right), [less, next, greater], at);
        lowering.body.switch_to(next);
    }
    lowering.body.goto(equal);
}

/// Nothing is less than anything.
fn optional(lowering: &mut Lower<'_>, sides: (&Place, &Place), [less, equal, greater]: Ways, at: Span) {
    let tags = [sides.0, sides.1].map(|place| options::tag(place, at));
    let [both, held] = std::array::from_fn(|_| lowering.body.block());
    numbers(lowering, tags.clone(), [less, both, greater], at);
    lowering.body.switch_to(both);
    let [tag, _] = tags;
    lowering.body.branch(tag, held, equal, at);
    lowering.body.switch_to(held);
    let [left, right] = [sides.0, sides.1].map(|place| Place::field(place.clone(), "0"));
    places(lowering, (&left, &right), [less, equal, greater], at);
}

/// The variants in their order, then what the variant holds.
fn variants(lowering: &mut Lower<'_>, sides: (&Place, &Place), base: &str, ways: Ways, at: Span) {
    let [less, equal, greater] = ways;
    let tags = [sides.0, sides.1].map(|place| lowering.load(Place::field(place.clone(), TAG), at));
    let both = lowering.body.block();
    numbers(lowering, tags.clone(), [less, both, greater], at);
    lowering.body.switch_to(both);
    let definition = lowering.definition(base);
    let all = definition
        .as_deref()
        .map(|definition| definition.variants())
        .unwrap_or_default();
    let with_data: Vec<_> = all.iter().filter(|variant| !variant.fields.is_empty()).collect();
    if with_data.len() > VARIANTS {
        return undecided(lowering, ways, at);
    }
    for variant in with_data {
        let (this, next) = (lowering.body.block(), lowering.body.block());
        let test = Expr::comparison(BinaryOp::Equal, tags[0].clone(), aggregates::tag(variant, at), at);
        lowering.body.branch(test, this, next, at);
        lowering.body.switch_to(this);
        let held = [sides.0, sides.1].map(|place| Place::field(place.clone(), variant.name.clone()));
        let names = variant.fields.iter().map(|field| field.name.clone()).collect();
        parts(lowering, (&held[0], &held[1]), names, ways, at);
        lowering.body.switch_to(next);
    }
    lowering.body.goto(equal);
}
