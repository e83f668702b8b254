; Statements, and the expressions that are control flow.

(block) @block
(unsafe_block (block) @parenthesized.value) @parenthesized
(const_block body: (_) @parenthesized.value) @parenthesized
(try_block (block) @parenthesized.value) @parenthesized
(expression_statement (_) @evaluate.value) @evaluate

(if_expression condition: (_) @branch.test consequence: (_) @branch.then) @branch
(if_expression alternative: (else_clause (_) @branch.else)) @branch

(loop_expression "loop" @loop.forever body: (_) @loop.body) @loop
(loop_expression (label) @loop.label) @loop
(while_expression condition: (_) @loop.test body: (_) @loop.body) @loop
(while_expression (label) @loop.label) @loop
(for_expression pattern: _ @loop.pattern value: (_) @loop.subject body: (_) @loop.body) @loop
(for_expression (label) @loop.label) @loop

(match_expression value: (_) @switch.subject body: (_) @switch.body) @switch
(match_arm pattern: (_) @arm.pattern value: (_) @arm.body) @arm
(match_arm pattern: (match_pattern condition: (_) @arm.guard)) @arm

(break_expression) @break
(break_expression (label) @break.label) @break
(break_expression (_expression) @break.value) @break
(continue_expression) @continue
(continue_expression (label) @continue.label) @continue
(return_expression) @return
(return_expression (_) @return.value) @return
(block (label) @block.label) @block
