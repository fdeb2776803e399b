//! From IR to the form that is executed.

use super::code::{Code, Declared, DeclaredCell, FuncCode, FuncIdx, Node, Place, Step};
use spy_eval::Machine;
use spy_eval::machine::deep;
use spy_eval::memory::Object;
use spy_ir::{
    Callee, Cell, Const, DataItems, Entry, Expr, ExprKind, Fqn, Func, LocalId, Program, Stmt,
    StmtKind, Target, Type,
};
use spy_text::HashMap;
use spy_types::{
    BuiltinTy, Color, ExcTy, FuncId, FuncKey, FuncKind, FuncTy, ObjId, PtrOp, Result, SpyError,
    StructVal, Ty, TyKey, Value,
};
use std::sync::Arc;

/// How many expressions may be nested before the stack is looked at again. Chosen so that the
/// frames of that many fit into what [`deep`] keeps free, in builds without optimisation too.
const UNCHECKED_LEVELS: u32 = 16;

/// Prepares a whole program, and its static data in the memory of `machine`. `types` holds at least
/// its structs.
///
/// # Errors
/// If the program mentions what it does not hold: the compiler's fault.
pub(super) fn prepare(
    machine: &mut Machine<'_>,
    program: &Program,
    entry: &Entry,
    types: &HashMap<Type, Ty>,
) -> Result<Code> {
    let mut prepare = Prepare::new(program, types);
    prepare.find_declared(program)?;
    prepare.data(machine, program)?;
    let argv = match &entry.argv {
        Some(argv) => Some((prepare.func_index(&argv.new, 0)?, prepare.func_index(&argv.push, 2)?)),
        None => None,
    };
    let mut code = Code {
        funcs: Vec::with_capacity(prepare.funcs.len()),
        cells: Vec::with_capacity(prepare.cells.len()),
        declared: Vec::new(),
        main: prepare.func_index(&entry.main, usize::from(argv.is_some()))?,
        argv,
        returns_status: entry.returns_status,
    };
    for module in &program.modules {
        for func in &module.funcs {
            let declared = match program.externs.get(&func.fqn) {
                Some(symbol) => Some(prepare.declared(symbol, func)?),
                None => None,
            };
            code.funcs.push(FuncCode { declared, ..prepare.func(func)? });
        }
        for cell in &module.cells {
            code.cells.push(prepare.cell(cell)?);
        }
    }
    code.declared = prepare.declared;
    Ok(code)
}

struct Prepare<'a> {
    types: &'a HashMap<Type, Ty>,
    structs: HashMap<&'a Fqn, &'a [(spy_ir::Name, Type)]>,
    funcs: HashMap<&'a Fqn, (FuncIdx, &'a Func)>,
    cells: HashMap<&'a Fqn, usize>,
    /// Variables that were compiled ahead of time.
    declared: Vec<DeclaredCell>,
    declared_cells: HashMap<&'a Fqn, usize>,
    /// Where static data is.
    data: HashMap<&'a Fqn, ObjId>,
    /// Number of locals of the function at hand.
    locals: usize,
    /// Expressions around the one at hand.
    depth: u32,
}

impl<'a> Prepare<'a> {
    fn new(program: &'a Program, types: &'a HashMap<Type, Ty>) -> Self {
        let funcs = program.modules.iter().flat_map(|module| &module.funcs);
        let cells = program.modules.iter().flat_map(|module| &module.cells);
        Self {
            types,
            structs: program.structs.iter().map(|def| (&def.fqn, def.fields.as_slice())).collect(),
            funcs: funcs.enumerate().map(|(index, func)| (&func.fqn, (index, &**func))).collect(),
            cells: cells.enumerate().map(|(index, cell)| (&cell.fqn, index)).collect(),
            declared: Vec::new(),
            declared_cells: HashMap::default(),
            data: HashMap::default(),
            locals: 0,
            depth: 0,
        }
    }

    /// Makes the static data. All of it is there before any is filled, because it may point to
    /// itself in cycles.
    fn data(&mut self, machine: &mut Machine<'_>, program: &'a Program) -> Result<()> {
        for data in &program.data {
            let object = match &data.items {
                DataItems::Values(_) => Object::Block(Vec::new()),
                DataItems::Bytes(bytes) | DataItems::RawBuffer(bytes) => {
                    Object::Bytes(bytes.clone())
                }
            };
            let id = machine.new_object(object);
            self.data.insert(&data.fqn, id);
        }
        for data in &program.data {
            let DataItems::Values(values) = &data.items else { continue };
            let values = values.iter().map(|value| self.constant(value, &data.item));
            let values = values.collect::<Result<_>>()?;
            *machine.object_mut(self.data[&data.fqn])? = Object::Block(values);
        }
        Ok(())
    }

    /// A function that is called with `count` arguments.
    fn func_index(&self, fqn: &Fqn, count: usize) -> Result<FuncIdx> {
        let (index, func) = self.funcs.get(fqn).ok_or_else(|| missing("function", fqn))?;
        if func.param_count as usize == count { Ok(*index) } else { Err(wrong_operands()) }
    }

    fn local_place(&self, local: LocalId) -> Result<Place> {
        let index = local.0 as usize;
        if index < self.locals { Ok(Place::Local(index)) } else { Err(wrong_operands()) }
    }

    fn cell_place(&self, fqn: &Fqn) -> Result<Place> {
        if let Some(index) = self.declared_cells.get(fqn) {
            return Ok(Place::Declared(*index));
        }
        let index = self.cells.get(fqn).ok_or_else(|| missing("variable", fqn))?;
        Ok(Place::Cell(*index))
    }

    /// Notes the module variables that were compiled ahead of time.
    fn find_declared(&mut self, program: &'a Program) -> Result<()> {
        let cells = program.modules.iter().flat_map(|module| &module.cells);
        for cell in cells.filter(|cell| program.externs.contains_key(&cell.fqn)) {
            let (module, name) = (cell.fqn.module().clone(), cell.fqn.last().name.clone());
            self.declared_cells.insert(&cell.fqn, self.declared.len());
            self.declared.push(DeclaredCell { module, name, ty: self.value_type(&cell.ty)? });
        }
        Ok(())
    }

    fn declared(&self, symbol: &str, func: &Func) -> Result<Declared> {
        let params = func.params().iter().map(|param| self.value_type(&param.ty));
        Ok(Declared {
            symbol: symbol.to_owned(),
            params: params.collect::<Result<_>>()?,
            ret: self.value_type(&func.ret)?,
        })
    }

    fn func(&mut self, func: &Func) -> Result<FuncCode> {
        self.locals = func.locals.len();
        let own = func.locals.iter().skip(func.param_count as usize);
        Ok(FuncCode {
            fqn: func.fqn.clone(),
            params: func.param_count as usize,
            zeros: own.map(|local| self.zero(&local.ty)).collect::<Result<_>>()?,
            body: self.steps(&func.body)?,
            returns_none: func.ret == Type::None,
            end_pos: func.end_pos,
            track_caller: func.track_caller,
            declared: None,
        })
    }

    fn cell(&mut self, cell: &Cell) -> Result<Value> {
        self.constant(&cell.init, &cell.ty)
    }

    // -- types and values -----------------------------------------------------------------------

    /// The evaluator's type; `None` for types whose values exist at compile time only.
    fn ty(&self, ty: &Type) -> Result<Option<Ty>> {
        if let Some(found) = self.types.get(ty) {
            return Ok(Some(*found));
        }
        Ok(Some(match ty {
            Type::None => BuiltinTy::NoneType.into(),
            Type::Scalar(scalar) => (*scalar).into(),
            Type::File => BuiltinTy::File.into(),
            Type::RawBuffer => BuiltinTy::RawBuffer.into(),
            Type::Ptr(kind, item) => Ty::new(TyKey::Ptr(*kind, self.value_type(item)?)),
            Type::Ref(kind, item) => Ty::new(TyKey::Ref(*kind, self.value_type(item)?)),
            Type::Struct(fqn) => return Err(missing("struct", fqn)),
            Type::Func(func) => Ty::new(TyKey::Func(FuncTy {
                color: Color::Red,
                kind: FuncKind::Plain,
                params: func.params.iter().map(|ty| self.value_type(ty)).collect::<Result<_>>()?,
                varargs: None,
                ret: self.value_type(&func.ret)?,
            })),
            Type::Opaque(_) => return Ok(None),
        }))
    }

    fn value_type(&self, ty: &Type) -> Result<Ty> {
        deep(|| self.ty(ty))?.ok_or_else(|| missing("type", &ty.fqn()))
    }

    /// What a local holds before anything is assigned.
    fn zero(&self, ty: &Type) -> Result<Value> {
        match ty {
            Type::Struct(fqn) if !ty.is_function_value() => {
                let defs = *self.structs.get(fqn).ok_or_else(|| missing("struct", fqn))?;
                let fields =
                    defs.iter().map(|(_, ty)| deep(|| self.zero(ty))).collect::<Result<_>>()?;
                Ok(Value::Struct(Arc::new(StructVal { ty: self.value_type(ty)?, fields })))
            }
            _ => Ok(self.ty(ty)?.and_then(Value::zero).unwrap_or(Value::None)),
        }
    }

    fn constant(&self, value: &Const, ty: &Type) -> Result<Value> {
        Ok(match value {
            Const::Scalar(value) => Value::Scalar(value.clone()),
            Const::Null => self.zero(ty)?,
            // Here, functions are told from each other by their code.
            Const::Func(_) if *ty == Type::held() => self.zero(ty)?,
            // A function that holds nothing is its code.
            Const::Struct(fields)
                if ty.is_function_value()
                    && matches!(fields.get(1), Some((Const::Null | Const::Func(_), _))) =>
            {
                match fields.first() {
                    Some((code, code_ty)) => self.constant(code, code_ty)?,
                    None => self.zero(ty)?,
                }
            }
            Const::Struct(fields) if !matches!(ty, Type::Opaque(_)) => {
                let fields = fields
                    .iter()
                    .map(|(field, ty)| deep(|| self.constant(field, ty)))
                    .collect::<Result<_>>()?;
                Value::Struct(Arc::new(StructVal { ty: self.value_type(ty)?, fields }))
            }
            Const::Func(fqn) if matches!(ty, Type::Func(_)) => {
                let (index, _) = self.funcs.get(fqn).ok_or_else(|| missing("function", fqn))?;
                Value::Code(u32::try_from(*index).unwrap_or(u32::MAX))
            }
            Const::Data(place) => {
                let block =
                    *self.data.get(&place.data).ok_or_else(|| missing("data", &place.data))?;
                let ty = self.value_type(ty)?;
                if ty.is(BuiltinTy::RawBuffer) {
                    return Ok(Value::Obj(block, ty));
                }
                let len = i32::try_from(place.len).unwrap_or(i32::MAX);
                spy_eval::memory::pointer(ty, block, place.index, place.path.clone(), len)
            }
            // These can be passed on but not looked at.
            Const::None | Const::Struct(_) | Const::Func(_) | Const::Opaque(_) => Value::None,
        })
    }

    // -- statements -----------------------------------------------------------------------------

    fn steps(&mut self, stmts: &[Stmt]) -> Result<Vec<Step>> {
        let mut steps = Vec::with_capacity(stmts.len());
        for stmt in stmts {
            if let Some(step) = deep(|| self.step(stmt))? {
                steps.push(step);
            }
        }
        Ok(steps)
    }

    fn step(&mut self, stmt: &Stmt) -> Result<Option<Step>> {
        Ok(Some(match &stmt.kind {
            StmtKind::Pass | StmtKind::VarDef(_, None) => return Ok(None),
            StmtKind::Break => Step::Break,
            StmtKind::Continue => Step::Continue,
            StmtKind::VarDef(local, Some(value)) | StmtKind::Assign(local, value) => {
                Step::Set(self.local_place(*local)?, self.node(value)?)
            }
            StmtKind::AssignCell(cell, value) => {
                Step::Set(self.cell_place(cell)?, self.node(value)?)
            }
            StmtKind::Unpack(targets, value) => {
                let places = targets.iter().map(|target| match target {
                    Target::Local(local) => self.local_place(*local),
                    Target::Cell(cell) => self.cell_place(cell),
                });
                Step::Unpack(places.collect::<Result<_>>()?, self.node(value)?)
            }
            StmtKind::Expr(value) => Step::Eval(self.node(value)?),
            StmtKind::Return(value) => Step::Return(self.node(value)?),
            StmtKind::If { test, then, orelse } => self.branches(test, then, orelse)?,
            StmtKind::While { test, body } => Step::While(self.node(test)?, self.steps(body)?),
            StmtKind::Assert { test, msg } => {
                let msg = msg.as_ref().map(|msg| self.node(msg)).transpose()?;
                Step::Assert(self.node(test)?, msg, stmt.pos)
            }
        }))
    }

    /// A chain of `elif` is one list, however long it is.
    fn branches(&mut self, test: &Expr, then: &[Stmt], mut orelse: &[Stmt]) -> Result<Step> {
        let mut branches = vec![(self.node(test)?, self.steps(then)?)];
        while let [Stmt { kind: StmtKind::If { test, then, orelse: rest }, .. }] = orelse {
            branches.push((self.node(test)?, self.steps(then)?));
            orelse = rest;
        }
        Ok(Step::If(branches, self.steps(orelse)?))
    }

    // -- expressions ----------------------------------------------------------------------------

    fn node(&mut self, expr: &Expr) -> Result<Node> {
        self.depth += 1;
        let checked = self.depth.is_multiple_of(UNCHECKED_LEVELS);
        let node = deep(|| self.node_inner(expr));
        self.depth -= 1;
        Ok(if checked { Node::Deep(Box::new(node?)) } else { node? })
    }

    fn node_inner(&mut self, expr: &Expr) -> Result<Node> {
        Ok(match &expr.kind {
            ExprKind::Const(value) => Node::Const(self.constant(value, &expr.ty)?),
            ExprKind::Local(local) => Node::Get(self.local_place(*local)?),
            ExprKind::Cell(cell) => Node::Get(self.cell_place(cell)?),
            ExprKind::Call(callee, args) => self.call(expr, callee, args)?,
            ExprKind::And(left, right) => Node::And(Box::new(self.pair(left, right)?)),
            ExprKind::Or(left, right) => Node::Or(Box::new(self.pair(left, right)?)),
            ExprKind::AssignLocal(local, value) => {
                Node::Walrus(self.local_place(*local)?, Box::new(self.node(value)?))
            }
            ExprKind::AssignCell(cell, value) => {
                Node::Walrus(self.cell_place(cell)?, Box::new(self.node(value)?))
            }
            ExprKind::Block(body, value) => {
                Node::Block(self.steps(body)?, Box::new(self.node(value)?))
            }
        })
    }

    fn pair(&mut self, left: &Expr, right: &Expr) -> Result<[Node; 2]> {
        Ok([self.node(left)?, self.node(right)?])
    }

    fn call(&mut self, expr: &Expr, callee: &Callee, args: &[Expr]) -> Result<Node> {
        let nodes: Box<[Node]> = args.iter().map(|arg| self.node(arg)).collect::<Result<_>>()?;
        let pos = expr.pos;
        Ok(match callee {
            Callee::Func(fqn) => Node::Call(self.func_index(fqn, args.len())?, nodes, pos),
            Callee::Value => Node::CallValue(nodes, pos),
            Callee::Prim(op) => Node::Prim(*op, nodes, pos),
            Callee::Runtime(name) => {
                Node::Runtime(FuncId::new(FuncKey::Runtime(name.clone())), nodes, pos)
            }
            Callee::Raise(name) => {
                let etype = ExcTy::from_name(name).unwrap_or(ExcTy::Exception);
                Node::Raise(etype, Box::new(only(nodes)?), pos)
            }
            Callee::StructMake => Node::Make(self.value_type(&expr.ty)?, nodes),
            Callee::GetField(field) => Node::Field(*field as usize, Box::new(only(nodes)?)),
            Callee::Ptr(op) => {
                let own = args.first().map_or(&expr.ty, |arg| &arg.ty);
                if let Type::Func(_) = own {
                    let pair = <Box<[Node; 2]>>::try_from(nodes).map_err(|_| wrong_operands())?;
                    return Ok(Node::SameFunc(*op == PtrOp::Eq, pair));
                }
                let own = if *op == spy_ir::PtrOp::Alloc { &expr.ty } else { own };
                Node::Ptr(*op, self.value_type(own)?, nodes, pos)
            }
            Callee::LoadScratch(_) | Callee::StoreScratch(_) => return Err(optimized()),
        })
    }
}

/// The only operand.
fn only(nodes: Box<[Node]>) -> Result<Node> {
    let mut nodes = nodes.into_iter();
    match (nodes.next(), nodes.next()) {
        (Some(node), None) => Ok(node),
        _ => Err(wrong_operands()),
    }
}

/// What optimizers make for code generators is not interpreted.
fn optimized() -> Box<SpyError> {
    SpyError::new(ExcTy::PanicError, "the program's code was optimized for a code generator")
}

fn wrong_operands() -> Box<SpyError> {
    SpyError::new(ExcTy::PanicError, "the program's code is broken: wrong operands")
}

fn missing(what: &str, fqn: &Fqn) -> Box<SpyError> {
    SpyError::new(ExcTy::PanicError, format!("the program lacks {what} `{fqn}`"))
}
