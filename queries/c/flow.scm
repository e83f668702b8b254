; Statements: what runs after what.

(compound_statement) @block
(declaration_list) @block
(expression_statement (_) @evaluate.value) @evaluate
(attributed_statement (_) @parenthesized.value .) @parenthesized

(if_statement condition: (_) @branch.test consequence: (_) @branch.then) @branch
(if_statement alternative: (else_clause (_) @branch.else)) @branch

(while_statement condition: (_) @loop.test body: (_) @loop.body) @loop
(do_statement "do" @loop.after body: (_) @loop.body condition: (_) @loop.test) @loop
(for_statement body: (_) @loop.body) @loop
(for_statement initializer: (_) @loop.init) @loop
(for_statement condition: (_) @loop.test) @loop
(for_statement update: (_) @loop.step) @loop

(switch_statement condition: (_) @switch.subject body: (_) @switch.body) @switch
(case_statement) @arm
(case_statement value: (_) @arm.pattern) @arm
(case_statement "default" @arm.default) @arm

(break_statement) @break
(continue_statement) @continue
(goto_statement label: (_) @goto.label) @goto
(labeled_statement label: (_) @label.name) @label
(labeled_statement label: (_) (_) @label.body) @label
(return_statement) @return
(return_statement (_) @return.value) @return

(preproc_if condition: (_) @conditional.test) @conditional
(preproc_if alternative: (_) @conditional.else) @conditional
(preproc_ifdef "#ifdef" name: (_) @conditional.name) @conditional
(preproc_ifdef "#ifndef" @conditional.negated name: (_) @conditional.name) @conditional
(preproc_ifdef alternative: (_) @conditional.else) @conditional
(preproc_elif condition: (_) @conditional.test) @conditional
(preproc_elif alternative: (_) @conditional.else) @conditional
(preproc_elifdef "#elifdef" name: (_) @conditional.name) @conditional
(preproc_elifdef "#elifndef" @conditional.negated name: (_) @conditional.name) @conditional
(preproc_elifdef alternative: (_) @conditional.else) @conditional

(seh_try_statement body: (_) @attempt.body) @attempt
(seh_try_statement (seh_except_clause body: (_) @attempt.handler)) @attempt
