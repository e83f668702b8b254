; What C++ adds to C's statements.

(condition_clause value: (_) @parenthesized.value) @parenthesized
(if_statement condition: (condition_clause initializer: (_) @branch.init)) @branch
(switch_statement condition: (condition_clause initializer: (_) @switch.init)) @switch
(init_statement (_) @parenthesized.value) @parenthesized
(for_range_loop type: (_) @loop.type declarator: (_) @loop.pattern right: (_) @loop.subject body: (_) @loop.body) @loop
(for_range_loop initializer: (_) @loop.init) @loop
(try_statement body: (_) @attempt.body) @attempt
(try_statement (catch_clause body: (_) @attempt.handler)) @attempt
(throw_statement) @stop
(throw_statement (_) @stop.value) @stop
(co_return_statement (_) @return.value) @return
