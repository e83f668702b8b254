; Functions, parameters, types and their members. Declarators are read by lower/c/declarators.rs: their nesting is no
; matter of patterns.

(function_definition body: (_) @function.body) @function
(function_definition type: (_) @function.return) @function
(parameter_declaration type: (_) @parameter.type) @parameter

(enumerator name: (_) @enumerator.name) @enumerator
(enumerator value: (_) @enumerator.value) @enumerator

(struct_specifier body: (_) @type.body) @type
(struct_specifier name: (_) @type.name) @type
(union_specifier body: (_) @type.body) @type
(union_specifier name: (_) @type.name) @type
(enum_specifier body: (_) @type.body) @type
(enum_specifier name: (_) @type.name) @type
(field_declaration type: (_) @field_declaration.type) @field_declaration
