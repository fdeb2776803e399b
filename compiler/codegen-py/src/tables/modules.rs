//! Modules, and the whole program.

use super::Writer;
use super::image::Word;
use spy_package::python::Module;

impl Writer<'_> {
    /// Writes everything; returns where the `py_Program` is.
    pub(super) fn program(&mut self) -> Option<u64> {
        self.reserve_classes();
        let classes = self.all_classes();
        for class in &classes {
            self.class(class)?;
        }
        let mut modules = Vec::new();
        for module in &self.program.bindings.modules {
            modules.extend(self.module(module)?);
        }
        let modules = self.image.add(&modules);
        let places: Vec<Word> = classes
            .iter()
            .map(|class| Word::at(self.classes.get(&class.layout).copied()))
            .collect();
        let class_table = self.image.add(&places);
        let constants: Vec<Word> = self.constants.iter().map(|place| Word::At(*place)).collect();
        let constant_table = self.image.add(&constants);
        let words = [
            Word::flag(self.program.checked),
            Word::flag(self.program.release_gil),
            Word::Number(self.frame_size),
            Word::count(places.len()),
            Word::At(class_table),
            Word::count(constants.len()),
            Word::At(constant_table),
            Word::count(self.program.bindings.modules.len()),
            Word::At(modules),
        ];
        Some(self.image.add(&words))
    }

    /// The words of a `py_Module`.
    fn module(&mut self, module: &Module) -> Option<[Word; 8]> {
        let mut methods = Vec::new();
        for function in &module.functions {
            let callable = self.function(function, function.name.clone(), None)?;
            methods.extend(self.method(function, callable, None));
        }
        methods.extend(std::iter::repeat_n(Word::Null, 4));
        let methods = self.image.add(&methods);
        let mut members = Vec::new();
        for class in module.classes.iter().filter(|class| class.public) {
            let place = *self.classes.get(&class.layout)?;
            members.extend([Word::Text(class.name.clone()), Word::At(place), Word::Null]);
        }
        for constant in &module.constants {
            let place = self.constant(&constant.value);
            members.extend([Word::Text(constant.name.clone()), Word::Null, Word::At(place)]);
        }
        let count = members.len() / 3;
        let members = self.image.add(&members);
        let last = module.name.rsplit('.').next().unwrap_or_default();
        let parent = module.name.strip_suffix(&format!(".{last}")).unwrap_or_default();
        Some([
            Word::Text(module.name.clone()),
            Word::Text(parent.to_owned()),
            Word::Text(last.to_owned()),
            Word::text(module.doc.as_deref()),
            Word::At(methods),
            Word::count(count),
            Word::At(members),
            Word::flag(module.has("PanicError")),
        ])
    }
}
