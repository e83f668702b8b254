; What C++ adds to C's items.

(class_specifier body: (_) @type.body) @type
(class_specifier name: (_) @type.name) @type
(optional_parameter_declaration type: (_) @parameter.type) @parameter
(optional_parameter_declaration default_value: (_) @parameter.value) @parameter
(variadic_parameter_declaration type: (_) @parameter.type) @parameter
(alias_declaration name: (_) @type.name type: (_) @type.value) @type
(using_declaration (_) @import.path) @import
(attribute_declaration) @opaque
