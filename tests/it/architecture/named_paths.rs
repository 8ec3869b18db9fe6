//! The full paths that a source names.
//!
//! `syn` parses the source. A visitor collects the paths of expressions, types, patterns, attributes and macros, and
//! the leaves of `use` trees; it reads a macro's body by its tokens. Then it resolves each path by the source's imports
//! and their aliases, by its declared modules, and by `self`, `super` and `crate`. It omits items under `#[cfg(test)]`.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::visit::{self, Visit};

/// A path by its parts. A path of this crate begins with `crate`.
type Parts = Vec<String>;

/// The paths that a source names, sorted, each once. `module` is the path of its module: `crate::mesh::sums`.
pub fn named_paths(source: &str, module: &str) -> Vec<String> {
    let file = syn::parse_file(source).unwrap_or_else(|error| panic!("{module}: {error}"));
    let mut collected = Collected { module: parts(module), ..Collected::default() };
    collected.visit_file(&file);
    let mut paths: Vec<String> = collected.paths.iter().flat_map(|path| collected.resolved(path)).collect();
    paths.sort();
    paths.dedup();
    paths
}

fn parts(path: &str) -> Parts {
    path.split("::").map(str::to_owned).collect()
}

#[derive(Default)]
struct Collected {
    /// The current module.
    module: Parts,
    paths: Vec<Named>,
    /// The full names of each name: imports, and declared modules. Scopes are ignored, so a name may have several.
    names: BTreeMap<String, Vec<Named>>,
}

/// A path as it is written, and its module.
#[derive(Clone, PartialEq)]
struct Named {
    parts: Parts,
    module: Parts,
    /// Whether it is imported. A path of one part may otherwise be a variable.
    imported: bool,
}

impl Collected {
    fn name(&mut self, parts: Parts, imported: bool) -> Named {
        let named = Named { parts, module: self.module.clone(), imported };
        self.paths.push(named.clone());
        named
    }

    fn stands_for(&mut self, name: String, named: Named) {
        self.names.entry(name).or_default().push(named);
    }

    /// The full names of a path.
    fn resolved(&self, path: &Named) -> Vec<String> {
        // An import may build on another one; longer chains are not resolved.
        let mut open = vec![(path.clone(), 4)];
        let mut resolved = Vec::new();
        while let Some((Named { parts, module, imported }, depth)) = open.pop() {
            let parts = absolute(parts, &module);
            let meanings = self.names.get(&parts[0]).filter(|_| depth > 0);
            for meaning in meanings.into_iter().flatten() {
                let longer = [&meaning.parts[..], &parts[1..]].concat();
                if longer != parts {
                    open.push((Named { parts: longer, imported: true, module: meaning.module.clone() }, depth - 1));
                }
            }
            if parts.len() > 1 || imported {
                resolved.push(parts.join("::"));
            }
        }
        resolved
    }

    fn use_tree(&mut self, prefix: &Parts, tree: &syn::UseTree) {
        let below = |ident: &syn::Ident| [&prefix[..], &[ident.unraw().to_string()]].concat();
        // `use a::{self}` names `a`.
        let leaf = |ident: &syn::Ident| if ident == "self" { prefix.clone() } else { below(ident) };
        match tree {
            syn::UseTree::Path(path) => self.use_tree(&below(&path.ident), &path.tree),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.use_tree(prefix, tree)),
            syn::UseTree::Glob(_) => {
                self.name([&prefix[..], &["*".to_owned()]].concat(), true);
            }
            syn::UseTree::Name(name) => {
                let named = self.name(leaf(&name.ident), true);
                let last = named.parts.last().expect("a path has a part").clone();
                self.stands_for(last, named);
            }
            syn::UseTree::Rename(rename) => {
                let named = self.name(leaf(&rename.ident), true);
                self.stands_for(rename.rename.unraw().to_string(), named);
            }
        }
    }

    /// The paths among the tokens of a macro: names joined by `::`, and groups of them.
    fn tokens(&mut self, prefix: &Parts, tokens: TokenStream) {
        let mut path = prefix.clone();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Ident(ident) => {
                    if colons != 2 && path.len() > prefix.len() {
                        self.name(std::mem::replace(&mut path, prefix.clone()), false);
                    }
                    path.push(ident.unraw().to_string());
                    colons = 0;
                }
                TokenTree::Group(group) if colons == 2 && group.delimiter() == Delimiter::Brace => {
                    self.tokens(&std::mem::replace(&mut path, prefix.clone()), group.stream());
                    colons = 0;
                }
                other => {
                    if path.len() > prefix.len() {
                        self.name(std::mem::replace(&mut path, prefix.clone()), false);
                    }
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.tokens(&Parts::new(), group.stream());
                    }
                }
            }
        }
        if path.len() > prefix.len() {
            self.name(path, false);
        }
    }
}

/// The path from the crate's root of one that begins with `self`, `super` or the crate's own name.
fn absolute(parts: Parts, module: &[String]) -> Parts {
    let supers = parts.iter().take_while(|part| *part == "super").count();
    match parts[0].as_str() {
        "self" if parts.get(1).is_some_and(|part| part == "super") => absolute(parts[1..].to_vec(), module),
        "self" => [module, &parts[1..]].concat(),
        "super" => [&module[..module.len().saturating_sub(supers)], &parts[supers..]].concat(),
        "pricing_worker" => [&["crate".to_owned()], &parts[1..]].concat(),
        _ => parts,
    }
}

/// Whether an item is compiled for unit tests alone.
pub fn is_test(item: &syn::Item) -> bool {
    attributes(item).iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Ident>().is_ok_and(|ident| ident == "test")
    })
}

impl<'ast> Visit<'ast> for Collected {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !is_test(item) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let name = module.ident.unraw().to_string();
        let parts = [&self.module[..], std::slice::from_ref(&name)].concat();
        let named = Named { parts: parts.clone(), module: self.module.clone(), imported: true };
        self.stands_for(name, named);
        let outside = std::mem::replace(&mut self.module, parts);
        visit::visit_item_mod(self, module);
        self.module = outside;
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.use_tree(&Parts::new(), &item.tree);
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        let named = self.name(vec![item.ident.unraw().to_string()], true);
        if let Some((_, alias)) = &item.rename {
            self.stands_for(alias.unraw().to_string(), named);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.name(path.segments.iter().map(|segment| segment.ident.unraw().to_string()).collect(), false);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        self.tokens(&Parts::new(), called.tokens.clone());
        visit::visit_macro(self, called);
    }

    fn visit_meta_list(&mut self, list: &'ast syn::MetaList) {
        self.tokens(&Parts::new(), list.tokens.clone());
        visit::visit_meta_list(self, list);
    }
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
