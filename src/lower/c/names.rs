//! Names that are no local variables: macros, enumerators, globals, functions, members of the class, constants of the
//! system's headers; and `sizeof`.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::C;
use super::macros::Use;
use super::paths::last_segment;
use crate::facts::headers;
use crate::ir::{BlockId, Expr, Place, Type, UnaryOp};
use crate::lower::places::deref;
use crate::lower::values::{constant, extend};
use crate::lower::{Lowering, constants};
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::cut::NameKind;
use crate::syntax::index::{ByName, ItemId};
use crate::syntax::roles::{Part, Role};

impl Lowering<'_, C> {
    /// The value of a name.
    pub fn named_value(&mut self, node: &Node) -> Expr {
        let (text, at) = (node.text(), node.span());
        if let Some(global) = self.body.find_global(text) {
            return self.load(Place::Global(global), at);
        }
        if let Some(place) = self.implicit_member(text, at) {
            return self.load(place, at);
        }
        if let Some(value) = self.expanded_value(&object_use(node)) {
            return value;
        }
        let name = last_segment(text);
        if let Some(place) = self.static_member(text, name, at) {
            return self.load(place, at);
        }
        if let Some(value) = self.enumerator(name) {
            return value;
        }
        self.global_value(text, name, at)
    }

    fn global_value(&mut self, text: &str, name: &str, at: Span) -> Expr {
        let known = |kind| !self.index.defining(kind, name).is_empty();
        if self.language.cpp && text.ends_with('>') && self.is_specialised(name) {
            return Expr::Unknown(Type::Unknown, at);
        }
        if known(NameKind::Variable) && self.is_ambiguous(name) {
            let place = self.unknown_place(at);
            return self.load(place, at);
        }
        if known(NameKind::Variable) || known(NameKind::External) {
            let object = self.aliased(name);
            return self.load(Place::Global(object), at);
        }
        let language = self.language_of_file();
        if known(NameKind::Declaration)
            && let Some(address) = self.weak_address(name, at)
        {
            return address;
        }
        if known(NameKind::Function) || known(NameKind::Declaration) || self.sinks.by_path(language, text).is_some() {
            return Expr::Function(text.trim_start_matches("::").to_owned(), at);
        }
        if let Some((bits, ty)) = headers::constant(name) {
            return constant(bits, ty, at);
        }
        if headers::is_nonzero(name) {
            return Expr::NonZero(Type::INT, "a size that the system sets", at);
        }
        match name {
            "MAP_FAILED" => {
                let ty = Type::pointer(Type::Void);
                Expr::cast(constant(u64::MAX, super::types::LONG, at), ty, at)
            }
            "__func__" | "__FUNCTION__" | "__PRETTY_FUNCTION__" => {
                Expr::NonZero(Type::pointer(Type::Unknown), "the address of a string", at)
            }
            // A constant of a header that is not visible: the same wherever it is used.
            _ if is_constant_like(name) => Expr::Load(Place::Setting(name.to_owned()), Type::Unknown, at),
            _ => self.load(Place::Global(name.to_owned()), at),
        }
    }

    /// The name of the object that a global is another name of: `__attribute__((alias("x")))`.
    fn aliased(&mut self, name: &str) -> String {
        if let Some(known) = self.language.aliases.get(name) {
            return known.clone();
        }
        let externals = self.index.externals(name).iter();
        let ids: Vec<ItemId> = externals.chain(self.index.variables(name)).copied().collect();
        let target = ids.into_iter().find_map(|id| {
            let span = self.index.item(id).1.span;
            let (_, rest) = self.sources.slice(span).split_once("alias")?;
            let inner = rest.trim_start_matches('_').trim_start().strip_prefix('(')?;
            let quoted = inner.trim_start().strip_prefix('"')?;
            Some(quoted.split_once('"')?.0.to_owned())
        });
        let object = target.unwrap_or_else(|| name.to_owned());
        self.language.aliases.insert(name.to_owned(), object.clone());
        object
    }

    /// A data member of the class whose member function this is.
    pub fn implicit_member(&mut self, name: &str, at: Span) -> Option<Place> {
        let class = self.language.class.clone()?;
        let object = self.this(at)?;
        let found = self.has_field(&Type::Aggregate(class), name);
        found.then(|| self.referred(Place::field(deref(object), name), at))
    }

    /// A static data member, by its class's name or in a member function of the class.
    fn static_member(&mut self, path: &str, name: &str, at: Span) -> Option<Place> {
        if !self.language.cpp {
            return None;
        }
        let class = match path.rsplit_once("::") {
            Some((qualifier, _)) => last_segment(qualifier).to_owned(),
            None => self.language.class.clone()?,
        };
        if self.is_specialised(&class) {
            // Which of the definitions is meant is not known.
            return Some(self.unknown_place(at));
        }
        let structure = self.structure(&class)?;
        let found = structure.static_fields.iter().find(|(field, _)| field == name)?;
        if self.is_template_class(&class) && !self.is_constant_member(&class, name) {
            return Some(self.unknown_place(at));
        }
        let global = format!("{class}::{name}");
        self.language.globals.insert(global.clone(), found.1.clone());
        Some(Place::Global(global))
    }

    /// Whether `object.name` may be a static member: some class has one of the name.
    pub fn names_static_member(&self, node: &Node) -> bool {
        let name = node.part(Part::Name);
        let known = |kind, name: &str| !self.index.defining(kind, name).is_empty();
        self.language.cpp
            && name.is_some_and(|name| known(NameKind::Variable, name.text()) || known(NameKind::External, name.text()))
    }

    /// The static member that `object.name` is.
    pub fn static_member_of(&mut self, node: &Node) -> Option<Place> {
        let (object, name) = (node.part(Part::Object)?, node.part(Part::Name)?);
        let ty = self.speculative(|lowering| lowering.value(&object).ty());
        let class = match ty {
            Type::Pointer(to) => *to,
            ty => ty,
        };
        let Type::Aggregate(class) = class else {
            return self.field(node);
        };
        let path = format!("{class}::{}", name.text());
        match self.static_member(&path, name.text(), node.span()) {
            Some(place) => {
                self.statement(&object);
                Some(place)
            }
            None => self.field(node),
        }
    }

    /// Whether a class is a template: each use of it with other arguments has static members of its own.
    fn is_template_class(&self, class: &str) -> bool {
        let is_template = |id: &ItemId| {
            let (file, item) = self.index.item(*id);
            let clean = &self.index.cut(file).clean;
            clean
                .get(item.span.range())
                .is_some_and(|text| text.trim_start().starts_with("template"))
        };
        self.index.types(class).iter().any(is_template)
    }

    /// Whether variables of several namespaces have a name. Which of them is meant is not followed.
    fn is_ambiguous(&self, name: &str) -> bool {
        let items = self.index.variables(name).iter();
        let mut scopes: Vec<Vec<&String>> = items
            .map(|id| {
                self.index
                    .item(*id)
                    .1
                    .scope
                    .iter()
                    .filter(|one| !one.is_empty())
                    .collect()
            })
            .collect();
        scopes.sort();
        scopes.dedup();
        self.language.cpp && scopes.len() > 1
    }

    /// Whether a static member is declared constant.
    fn is_constant_member(&mut self, class: &str, name: &str) -> bool {
        let ids = self.index.types(class).to_vec();
        let declares = |node: &Node| {
            let names = node.fields("declarator").any(|declarator| declarator.text() == name);
            let constant = |word: Node| matches!(word.text(), "const" | "constexpr");
            node.role() == Some(Role::FieldDeclaration) && names && node.children().any(constant)
        };
        ids.into_iter().any(|id| {
            let root = self.parsed_declaration(id);
            root.is_some_and(|root| root.descendants().any(|node| declares(&node)))
        })
    }

    /// A place of which nothing is known.
    fn unknown_place(&mut self, at: Span) -> Place {
        let place = Place::Var(self.body.temporary(Type::Unknown, at));
        self.body.havoc(place.clone(), at);
        place
    }

    /// Whether a template of classes or variables has definitions of its own for some arguments.
    pub fn is_specialised(&self, name: &str) -> bool {
        let items = self.index.types(name).iter().chain(self.index.variables(name));
        let ids: Vec<ItemId> = items.copied().collect();
        ids.len() > 1
            && ids.iter().any(|&id| {
                let text = self.sources.slice(self.index.item(id).1.span);
                let head = text.split(['{', ';', '=']).next().unwrap_or("");
                let mut names = head.match_indices(name);
                names.any(|(start, _)| {
                    let whole = !head[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_');
                    whole && head[start + name.len()..].trim_start().starts_with('<')
                })
            })
    }

    /// The value of `this`.
    pub fn this(&mut self, at: Span) -> Option<Expr> {
        let id = self.variable("this")?;
        let place = self.variable_place(id, at);
        Some(self.load(place, at))
    }

    /// The constant that an enumerator stands for.
    fn enumerator(&mut self, name: &str) -> Option<Expr> {
        if let Some(local) = self.language.enumerators.get(name) {
            return local.clone();
        }
        let items = self.index.enumerators_from(self.file, name);
        items.into_iter().find_map(|id| self.enumerator_of(id, name))
    }

    /// The value that an item gives an enumerator. All of the item are evaluated at once; those that are evaluated already
    /// are known to the values of the next.
    fn enumerator_of(&mut self, id: ItemId, name: &str) -> Option<Expr> {
        if let Entry::Vacant(vacant) = self.language.enumerations.entry(id) {
            vacant.insert(BTreeMap::new());
            if let Some(root) = self.parsed_declaration(id) {
                self.each_enumerator(&root, |lowering, name, value| {
                    let known = lowering.language.enumerations.entry(id).or_default();
                    known.entry(name).or_insert(value);
                });
            }
        }
        self.language.enumerations.get(&id)?.get(name)?.clone()
    }

    /// The enumerators that a type among statements declares; they hide others of their names.
    pub fn local_enumerators(&mut self, node: &Node) {
        self.each_enumerator(node, |lowering, name, value| {
            lowering.language.enumerators.insert(name, value);
        });
    }

    /// Evaluates all enumerators of a tree in order, and hands each over before the next is evaluated.
    fn each_enumerator(&mut self, root: &Node, mut note: impl FnMut(&mut Self, String, Option<Expr>)) {
        let (mut list, mut next) = (None, Some(0_u64));
        for node in root.descendants().filter(|node| node.role() == Some(Role::Enumerator)) {
            if node.parent() != list {
                (list, next) = (node.parent(), Some(0));
            }
            let written = node.part(Part::Value);
            let value = match &written {
                Some(value) => self.signed_constant(value),
                None => next,
            };
            next = value.map(|value| value.wrapping_add(1));
            let Some(name) = node.part(Part::Name) else { continue };
            // Enumerators are read once and then known; the place is that of the definition.
            let at = written.as_ref().unwrap_or(&node).span();
            let constant = value.map(|bits| constant(bits, enumerator_type(bits), at));
            note(self, name.text().to_owned(), constant);
        }
    }

    /// The value of a constant, its sign taken to 64 bits.
    fn signed_constant(&mut self, node: &Node) -> Option<u64> {
        let value = self.speculative(|lowering| lowering.value(node));
        Some(extend(constants::fold(&value)?, &value.ty()))
    }

    /// The type of a global, from its declaration.
    pub fn type_of_global(&mut self, name: &str) -> Type {
        if let Some(known) = self.language.globals.get(name) {
            return known.clone();
        }
        self.language.globals.insert(name.to_owned(), Type::Unknown);
        let ty = self.declared_global_type(name).unwrap_or(Type::Unknown);
        self.language.globals.insert(name.to_owned(), ty.clone());
        ty
    }

    fn declared_global_type(&mut self, name: &str) -> Option<Type> {
        let mut items = self.index.variables_from(self.file, name);
        items.extend(self.index.externals(name));
        items.into_iter().find_map(|id| {
            let root = self.parsed_declaration(id)?;
            let is_declaration =
                |node: &Node| node.kind() == "declaration" || node.role() == Some(Role::FieldDeclaration);
            let declarations: Vec<Node> = root.descendants().filter(is_declaration).collect();
            declarations
                .iter()
                .find_map(|declaration| self.type_declared_by(declaration, name))
        })
    }

    /// The type that a declaration gives a name.
    fn type_declared_by(&mut self, declaration: &Node, name: &str) -> Option<Type> {
        let declarators: Vec<Node> = declaration.fields("declarator").collect();
        let declares = |declarator: &Node| {
            self.declarator_name(declarator)
                .is_some_and(|found| last_segment(found.text()) == name)
        };
        let declarator = declarators.into_iter().find(declares)?;
        let base = declaration
            .field("type")
            .map_or(Type::Unknown, |base| self.named_type(&base));
        let base = super::types::attributed(declaration, base);
        let declared = self.declared(&declarator, base);
        Some(super::declarators::sized_by_initializer(
            &declared,
            declarator.field("value").as_ref(),
        ))
    }

    /// A name as a condition: a macro's expansion is one.
    pub fn name_condition(&mut self, node: &Node, yes: BlockId, no: BlockId) -> bool {
        if self.variable(node.text()).is_some() {
            return false;
        }
        self.expanded_condition(&object_use(node), yes, no)
    }

    /// `sizeof`.
    pub fn size_of(&mut self, node: &Node) -> Expr {
        let at = node.span();
        if node.tokens().any(|token| token.text() == "...") {
            // A pack may be empty.
            return Expr::Unknown(Type::SIZE, at);
        }
        let size = match (node.part(Part::Type), node.part(Part::Operand)) {
            (Some(ty), _) => self.size_of_named(&ty),
            (None, Some(operand)) => self.size_of_operand(&operand),
            _ => None,
        };
        match size {
            Some(bytes) => constant(bytes, Type::SIZE, at),
            None => Expr::NonZero(Type::SIZE, "sizeof", at),
        }
    }

    fn size_of_named(&mut self, node: &Node) -> Option<u64> {
        // `sizeof(x)` of a variable reads as that of a type.
        if let Some(place) = self.plain_name_place(node) {
            let ty = self.place_type(&place);
            return self.size_of_type(&ty);
        }
        match node.text() {
            "float" => return Some(4),
            "double" => return Some(8),
            "long double" => return Some(16),
            _ => {}
        }
        let ty = self.named_type(node);
        self.size_of_type(&ty)
    }

    fn plain_name_place(&mut self, node: &Node) -> Option<Place> {
        let name = node.text().trim_matches(['(', ')', ' ']);
        if let Some(id) = self.variable(name) {
            return Some(self.variable_place(id, node.span()));
        }
        if let Some(global) = self.body.find_global(name) {
            return Some(Place::Global(global));
        }
        let known = self.index.types(name).is_empty() && !self.index.variables(name).is_empty();
        known.then(|| Place::Global(name.to_owned()))
    }

    /// The size of what a macro of the unit stands for: of a string, that is more than its value says.
    fn size_of_expansion(&mut self, operand: &Node) -> Option<Option<u64>> {
        let use_of = match operand.role() {
            Some(Role::Name) if self.variable(operand.text()).is_none() => object_use(operand),
            Some(Role::Call) => {
                let site = super::call_site::call_site(operand);
                let site = site.filter(|site| site.callee.role() == Some(Role::Name))?;
                self.call_use(operand, &site)
            }
            _ => return None,
        };
        let definitions = self.definitions(&use_of.name, use_of.name_at, use_of.arguments.is_some());
        match &definitions[..] {
            [] => None,
            [only] => {
                let node = self.expression_of(&use_of, only)?;
                Some(self.in_expansion(&use_of, None, |lowering| lowering.size_of_operand(&node)))
            }
            _ => Some(None),
        }
    }

    /// Whether a name is of something that is only declared, and weak: it may be at no address.
    fn is_weak(&self, name: &str) -> bool {
        let known = |kind| self.index.defining(kind, name);
        let declared = known(NameKind::Declaration)
            .iter()
            .chain(known(NameKind::External).iter());
        known(NameKind::Function).is_empty()
            && known(NameKind::Variable).is_empty()
            && declared.into_iter().any(|id| {
                let text = self.sources.slice(self.index.item(*id).1.span);
                let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
                words.any(|word| matches!(word.trim_matches('_'), "weak" | "weakref"))
            })
    }

    /// The address of something weak: null or not, and the same everywhere.
    pub fn weak_address(&mut self, name: &str, at: Span) -> Option<Expr> {
        if self.variable(name).is_some() || self.body.find_global(name).is_some() || !self.is_weak(name) {
            return None;
        }
        Some(Expr::Load(
            Place::Setting(format!("&{name}")),
            Type::pointer(Type::Unknown),
            at,
        ))
    }

    fn size_of_operand(&mut self, operand: &Node) -> Option<u64> {
        let mut inner = operand.clone();
        while inner.role() == Some(Role::Parenthesized)
            && let Some(value) = inner.part(Part::Value)
        {
            inner = value;
        }
        if inner.role() == Some(Role::String) {
            return super::literals::string_bytes(inner.text());
        }
        if let Some(known) = self.size_of_expansion(&inner) {
            return known;
        }
        if inner.role() == Some(Role::Name)
            && self.plain_name_place(&inner).is_none()
            && (named_like_type(self, inner.text()))
        {
            let ty = self.type_named(last_segment(inner.text()));
            return self.size_of_type(&ty);
        }
        let ty = self.speculative(|lowering| {
            let value = lowering.value(&inner);
            match &value {
                Expr::Address(..) | Expr::Function(..) => Type::pointer(Type::Unknown),
                Expr::Binary(op, ..) if op.is_comparison() => Type::INT,
                Expr::Unary(UnaryOp::Not, ..) => Type::INT,
                _ => value.ty(),
            }
        });
        self.size_of_type(&ty)
    }
}

/// The first of `int`, `unsigned` and `long` that holds a value.
fn enumerator_type(bits: u64) -> Type {
    match bits as i64 {
        -0x8000_0000..=0x7fff_ffff => Type::INT,
        0x8000_0000..=0xffff_ffff => Type::Int {
            bits: 32,
            signed: false,
        },
        _ => super::types::LONG,
    }
}

fn named_like_type(lowering: &Lowering<'_, C>, name: &str) -> bool {
    !lowering.index.types(last_segment(name)).is_empty()
}

/// The use of an object-like macro.
pub fn object_use(node: &Node) -> Use {
    Use {
        name: node.text().to_owned(),
        name_at: node.span(),
        at: node.span(),
        arguments: None,
    }
}

/// Names of constants are written in capitals.
fn is_constant_like(name: &str) -> bool {
    name.len() > 1
        && name.bytes().any(|byte| byte.is_ascii_uppercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}
