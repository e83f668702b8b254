; What C++ adds to C's expressions.

(subscript_argument_list (_) @parenthesized.value) @parenthesized
(this) @name
(qualified_identifier) @name
(template_function) @name
(raw_string_literal) @string
(lambda_expression body: (_) @closure.body) @closure
(lambda_expression declarator: (_) @closure.parameters) @closure
(lambda_expression captures: (_) @closure.captures) @closure

((call_expression
    function: (template_function name: (identifier) @_name arguments: (template_argument_list (_) @cast.type))
    arguments: (argument_list (_) @cast.value)) @cast
  (#any-of? @_name "static_cast" "reinterpret_cast" "const_cast"))
(call_expression function: (primitive_type) @cast.type arguments: (argument_list (_) @cast.value)) @cast
