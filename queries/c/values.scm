; Expressions and local declarations.

(declaration type: (_) @declare.type) @declare
(declaration declarator: (_) @declare.name) @declare

(assignment_expression left: (_) @assign.to operator: _ @assign.operator right: (_) @assign.value) @assign
(update_expression argument: (_) @update.to) @update
(update_expression operator: _ @update.operator) @update

(call_expression function: (_) @call.callee arguments: (_) @call.arguments) @call

(binary_expression left: (_) @binary.left operator: _ @binary.operator right: (_) @binary.right) @binary
(unary_expression operator: _ @unary.operator argument: (_) @unary.operand) @unary
(cast_expression type: (_) @cast.type value: (_) @cast.value) @cast
(sizeof_expression type: (_) @sizeof.type) @sizeof
(sizeof_expression value: (_) @sizeof.operand) @sizeof
(conditional_expression condition: (_) @select.test alternative: (_) @select.else) @select
(conditional_expression consequence: (_) @select.then) @select
(comma_expression left: (_) @sequence.first right: (_) @sequence.second) @sequence
(parenthesized_expression (_) @parenthesized.value) @parenthesized
(extension_expression (_) @parenthesized.value) @parenthesized

(identifier) @name
(number_literal) @integer
(char_literal) @character
(string_literal) @string
(concatenated_string) @string
(true) @boolean
(false) @boolean
(null) @null

(field_expression argument: (_) @field.object operator: _ field: (_) @field.name) @field
(field_expression operator: "->" @field.through) @field
(subscript_expression argument: (_) @index.object . (_) @index.index) @index
(pointer_expression operator: "*" argument: (_) @dereference.value) @dereference
(pointer_expression operator: "&" argument: (_) @address.value) @address
(compound_literal_expression type: (_) @aggregate.type) @aggregate
(compound_literal_expression value: (initializer_list (_) @aggregate.element)) @aggregate
(initializer_list) @aggregate
(initializer_list (_) @aggregate.element) @aggregate
(initializer_pair designator: (_) @element.name) @element
(initializer_pair value: (_) @element.value) @element
