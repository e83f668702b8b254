; Functions, constants, types and their members. Paths of imports are read by lower/rust/paths.rs.

(function_item name: (_) @function.name parameters: (_) @function.parameters body: (_) @function.body) @function
(function_item return_type: (_) @function.return) @function
(function_item (visibility_modifier) @function.modifier) @function
(parameter pattern: (_) @parameter.pattern type: (_) @parameter.type) @parameter
(self_parameter (self) @parameter.name) @parameter

(const_item name: (_) @constant.name type: (_) @constant.type) @constant
(const_item value: (_) @constant.value) @constant
(static_item name: (_) @global.name type: (_) @global.type) @global
(static_item value: (_) @global.value) @global

(enum_variant name: (_) @enumerator.name) @enumerator
(enum_variant value: (_) @enumerator.value) @enumerator

(struct_item name: (_) @type.name) @type
(struct_item body: (_) @type.body) @type
(union_item name: (_) @type.name body: (_) @type.body) @type
(enum_item name: (_) @type.name body: (_) @type.body) @type
(type_item name: (_) @type.name type: (_) @type.value) @type
(field_declaration name: (_) @field_declaration.name type: (_) @field_declaration.type) @field_declaration

(use_declaration argument: (_) @import.path) @import
(attribute_item) @opaque
(inner_attribute_item) @opaque
(label) @opaque
