//! Generators: the types of what lies in their frames between two steps.
//!
//! The parser has made a struct for the locals of each generator; the fields are what the statements
//! of the function that does the steps assign. They are found when somebody asks for them: by then
//! everything that the function mentions is defined, the generator itself included.

use crate::builtins::unpack;
use crate::define::def_key;
use crate::domain::{Arg, Ev};
use crate::frame::{Frame, FuncSig, Local, Shared, StructData, What};
use crate::machine::Machine;
use crate::stmt::declare;
use crate::typed::Typed;
use spy_syntax::ast::{
    Body, Expr, ExprId, FuncDef, GENERATOR_START, GENERATOR_STEP, Ident, Node, Stmt, StmtId,
};
use spy_text::{IndexMap, Name};
use spy_types::{
    BuiltinTy, Color, DefKey, FrameKey, FuncId, FuncKey, Loc, Pos, Result, ScalarTy, SpyError, Ty,
    TyKey, Value,
};
use std::sync::Arc;

/// The parameter of the function that does a step.
const FRAME: &str = "_$frame";
/// The local that has the type of the items.
const ITEM: &str = "_$item";

/// The struct for the locals of a generator.
pub(crate) fn is_state(ty: Ty) -> bool {
    matches!(ty.get(), TyKey::Struct { def, .. } if def.path.is_generator_state())
}

/// A generator that starts at `loc` assigns a name which is no local: the frame does not have it.
pub(crate) fn not_a_local(name: &Name, loc: Loc) -> Box<SpyError> {
    SpyError::type_error(format!("a generator cannot assign the module's `{name}` like a local"))
        .error(format!("write `global {name}` in it, or take another name"), loc)
}

/// The function that a `def` with `yield` defines: what the blue function that the parser made of it
/// returns.
///
/// # Errors
/// Whatever is wrong with its signature.
pub(crate) fn start(m: &mut Machine<'_>, wrapper: FuncId) -> Result<Value> {
    m.call_blue(wrapper, Vec::new())
}

/// The fields of a generator's frame, as a struct; `None` if the definition has errors.
pub(crate) fn state(m: &mut Machine<'_>, ty: Ty) -> Option<Arc<StructData>> {
    let TyKey::Struct { def, frame: key, .. } = ty.get() else { return None };
    let wrapper = def.path.parent()?;
    let wrapper = def_key(*def, &wrapper);
    m.db.looks_into(wrapper);
    let body = spy_db::def_body(m.db, m.project, wrapper)?;
    let [step, start] = [GENERATOR_STEP, GENERATOR_START].map(|name| inner(&body, name));
    let (step, start) = (step?, start?);
    let header = body.stmts.iter().find_map(|stmt| match stmt {
        Stmt::ClassDef(class) => Some(Pos { def: wrapper, node: Node::Mark(class.header) }),
        _ => None,
    })?;
    let item = m.frame_local(*key, &Name::new_static(ITEM))?.value?.as_type()?;
    let signature = m.func_sig(func(*key, wrapper, start))?;
    let mut fields: Vec<(Name, Ty)> = vec![
        ("__state__".into(), ScalarTy::I32.into()),
        ("__ready__".into(), ScalarTy::Bool.into()),
        ("__done__".into(), ScalarTy::Bool.into()),
        ("__item__".into(), item),
    ];
    fields.extend(locals(m, *key, def_key(wrapper, &step.body), &signature)?);
    let mut dict = IndexMap::default();
    for (index, (name, _)) in fields.iter().enumerate() {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        dict.insert(name.clone(), Value::Field(ty, index));
    }
    Some(Arc::new(StructData { fields, dict, frame: Arc::default(), header }))
}

/// A function that the parser made inside of a generator.
fn inner<'b>(body: &'b Body, name: &str) -> Option<&'b FuncDef> {
    body.stmts.iter().find_map(|stmt| match stmt {
        Stmt::FuncDef(def) if def.name.name == name => Some(&**def),
        _ => None,
    })
}

fn func(frame: FrameKey, wrapper: DefKey, def: &FuncDef) -> FuncId {
    let def = def_key(wrapper, &def.body);
    FuncId::new(FuncKey::Def { def, frame, decorated: false, aliased: false })
}

/// The locals of the function that does the steps, with their types. One whose type is not found,
/// since its statement has an error, is of no use to anybody.
fn locals(
    m: &mut Machine<'_>,
    key: FrameKey,
    step: DefKey,
    signature: &Shared<FuncSig>,
) -> Option<Vec<(Name, Ty)>> {
    let what = What::Func(FuncId::new(FuncKey::Def {
        def: step,
        frame: key,
        decorated: false,
        aliased: false,
    }));
    let mut frame = m.new_frame(step, None, Some(key), what, false).ok()?;
    for param in &signature.params {
        let loc = Loc::from(Pos { def: signature.container, node: param.type_node });
        set(&mut frame, &param.name, param.ty, loc);
    }
    let body = frame.body.clone();
    m.frames.push(frame);
    let index = m.frames.len() - 1;
    let mut walk = Walk { m, index };
    walk.block(&body, &body.root);
    m.frames.truncate(index + 1);
    let frame = m.frames.pop()?;
    let names = frame.scope.symbols.iter().filter(|(name, symbol)| {
        symbol.level == 0 && symbol.impref().is_none() && is_local(&body, name)
    });
    let nothing: Ty = BuiltinTy::NoneType.into();
    let ty = |name: &Name| frame.local(name).map_or(nothing, |local| local.ty);
    Some(names.map(|(name, _)| (name.clone(), ty(name))).collect())
}

/// Whether a name is one whose value the first statements load.
fn is_local(body: &Body, name: &str) -> bool {
    body.root.iter().any(|id| loaded(body, body.stmt(*id)) == Some(name))
}

/// The name of the local that a statement loads from the frame.
fn loaded<'b>(body: &'b Body, stmt: &'b Stmt) -> Option<&'b str> {
    let (Stmt::Assign { target, value } | Stmt::VarDef { target, value: Some(value), .. }) = stmt
    else {
        return None;
    };
    let Expr::Call { args, .. } = body.expr(*value) else { return None };
    let Expr::GetAttr { value, attr } = body.expr(*args.first()?) else { return None };
    let is_frame = matches!(body.expr(*value), Expr::Name(name) if name == FRAME);
    (is_frame && *attr == target.name).then_some(target.name.as_str())
}

fn set(frame: &mut Frame, name: &Name, ty: Ty, loc: Loc) {
    let local = Local { ty, color: Color::Red, value: None, type_loc: Some(loc) };
    frame.set_local(name, local);
}

/// Finds the types of locals, in the order of the text. What is wrong is said elsewhere.
struct Walk<'m, 'db> {
    m: &'m mut Machine<'db>,
    index: usize,
}

impl Walk<'_, '_> {
    fn block(&mut self, body: &Body, stmts: &[StmtId]) {
        for id in stmts {
            crate::machine::deep(|| self.stmt(body, body.stmt(*id)));
        }
    }

    fn stmt(&mut self, body: &Body, stmt: &Stmt) {
        match stmt {
            Stmt::VarDef { target, ty, .. } => {
                let mut types = Typed::new(self.m, self.index);
                if let Ok(ty) = crate::expr::eval_type(&mut types, *ty) {
                    let loc = crate::stmt::ident_loc(&mut types, target);
                    set(self.m.frame(self.index), &target.name, ty, loc);
                }
            }
            Stmt::Assign { .. } if loaded(body, stmt).is_some() => {}
            Stmt::Assign { target, value } if self.is_new(target) => {
                let found = crate::expr::eval(&mut Typed::new(self.m, self.index), *value);
                if let Ok(found) = found {
                    self.declare(target, found);
                }
            }
            Stmt::Unpack { targets, value } => {
                let mut types = Typed::new(self.m, self.index);
                let found = crate::optional::eval_value(&mut types, *value)
                    .and_then(|found| unpack::unpackable(&mut types, found));
                for (position, target) in targets.iter().enumerate() {
                    let Ok(tuple) = &found else { continue };
                    let mut types = Typed::new(self.m, self.index);
                    let count = targets.len();
                    let item = unpack::unpack_target(&mut types, tuple, position, count);
                    if let (Ok(item), true) = (item, self.is_new(target)) {
                        self.declare(target, item);
                    }
                }
            }
            Stmt::For { target, iter, body: inside, .. } => {
                let mut types = Typed::new(self.m, self.index);
                let iterated = crate::expr::eval(&mut types, *iter);
                let loc = crate::stmt::ident_loc(&mut types, target);
                if let Ok(iterated) = iterated
                    && let Ok(ty) = crate::builtins::item_type(self.m, iterated.arg.ty, loc)
                    && self.is_new(target)
                {
                    set(self.m.frame(self.index), &target.name, ty, loc);
                }
                self.block(body, inside);
            }
            Stmt::If { test, then, orelse } => {
                self.expr(*test);
                self.block(body, then);
                self.block(body, orelse);
            }
            Stmt::While { test, body: inside } => {
                self.expr(*test);
                self.block(body, inside);
            }
            Stmt::Expr(value) | Stmt::SetAttr { value, .. } => self.expr(*value),
            _ => {}
        }
    }

    /// An expression of which only the names that it assigns by `:=` matter.
    fn expr(&mut self, id: ExprId) {
        // What is wrong with it is said where the function is redshifted.
        let _ = crate::expr::eval(&mut Typed::new(self.m, self.index), id);
    }

    fn is_new(&mut self, target: &Ident) -> bool {
        self.m.frame(self.index).local(&target.name).is_none()
    }

    /// The value that a local is first set to. A ref stands for its item.
    fn declare(&mut self, target: &Ident, found: Ev<()>) {
        let ty = match found.arg.ty.pointer() {
            Some((true, _, item)) => item,
            _ => found.arg.ty,
        };
        let loc = found.arg.loc;
        let value = Ev { arg: Arg::red(ty, loc), red: Some(()) };
        declare(&mut Typed::new(self.m, self.index), &target.name, &value, Some(loc));
    }
}
