; Expressions and local declarations. Patterns are read by lower/rust/patterns.rs.

(let_declaration pattern: _ @declare.pattern) @declare
(let_declaration type: (_) @declare.type) @declare
(let_declaration value: (_) @declare.value) @declare
(let_declaration alternative: (_) @declare.else) @declare

(let_condition pattern: _ @match.pattern value: (_) @match.value) @match

(assignment_expression left: (_) @assign.to "=" @assign.operator right: (_) @assign.value) @assign
(compound_assignment_expr left: (_) @assign.to operator: _ @assign.operator right: (_) @assign.value) @assign

(call_expression function: (_) @call.callee arguments: (_) @call.arguments) @call
; `break (value)` is read as a call of `break`.
(call_expression function: (break_expression) arguments: (arguments (_) @break.value)) @break
(call_expression function: (break_expression (label) @break.label)) @break
(macro_invocation macro: (_) @macro_call.name (token_tree) @macro_call.arguments) @macro_call

(binary_expression left: (_) @binary.left operator: _ @binary.operator right: (_) @binary.right) @binary
(unary_expression ["-" "!"] @unary.operator (_) @unary.operand) @unary
(unary_expression "*" (_) @dereference.value) @dereference
(reference_expression value: (_) @address.value) @address
(type_cast_expression value: (_) @cast.value type: (_) @cast.type) @cast
(parenthesized_expression (_) @parenthesized.value) @parenthesized
(await_expression (_) @parenthesized.value) @parenthesized
(try_expression (_) @try.value) @try
(range_expression) @range
(range_expression ["..=" ".." "..."] @range.operator) @range

(identifier) @name
(self) @name
(scoped_identifier) @name
(generic_function) @name
(metavariable) @name
(integer_literal) @integer
(char_literal) @character
(string_literal) @string
(raw_string_literal) @string
(float_literal) @float
(boolean_literal) @boolean

(field_expression value: (_) @field.object field: (_) @field.name) @field
(index_expression . (_) @index.object . (_) @index.index) @index
(closure_expression parameters: (_) @closure.parameters body: (_) @closure.body) @closure

(struct_expression name: (_) @aggregate.type) @aggregate
(struct_expression body: (field_initializer_list (_) @aggregate.element)) @aggregate
(struct_expression body: (field_initializer_list (base_field_initializer (_) @aggregate.base))) @aggregate
(shorthand_field_initializer (identifier) @element.name @element.value) @element
(field_initializer field: (_) @element.name value: (_) @element.value) @element
(unit_expression) @aggregate
(tuple_expression) @aggregate
(tuple_expression (_) @aggregate.element) @aggregate
(array_expression) @aggregate
(array_expression (_) @aggregate.element) @aggregate
(array_expression length: (_) @aggregate.length) @aggregate
