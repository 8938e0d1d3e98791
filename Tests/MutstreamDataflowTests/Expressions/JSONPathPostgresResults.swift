// Results of PostgreSQL 15.18, one call a line: name, operands as type:value, result as text.
// The table is raw text, since that many literals would take the compiler minutes.
enum JSONPathPostgresResults {
    static let table = #"""
        jsonb_path_exists¦json:"\/"¦path:lax (1.5 - $[last])¦json:{}¦bool:f¦=>¦ERROR
        jsonb_path_exists¦json:"a"¦path:$.c.ab¦json:{}¦bool:f¦=>¦false
        jsonb_path_exists¦json:"a"¦path:lax $.a.a¦json:{}¦bool:t¦=>¦false
        jsonb_path_exists¦json:"abc"¦path:$[last].k1¦=>¦false
        jsonb_path_exists¦json:"b"¦path:$."a"¦=>¦false
        jsonb_path_exists¦json:"null"¦path:$.**{1 to last}.size()¦json:{}¦bool:t¦=>¦false
        jsonb_path_exists¦json:"null"¦path:(+null)¦=>¦false
        jsonb_path_exists¦json:"é"¦path:$¦json:{}¦bool:t¦=>¦true
        jsonb_path_exists¦json:"日本"¦path:lax 0¦=>¦true
        jsonb_path_exists¦json:"日本"¦path:null > 0¦=>¦true
        jsonb_path_exists¦json:-0.0¦path:"abc"¦=>¦true
        jsonb_path_exists¦json:-0.0¦path:$.*¦=>¦false
        jsonb_path_exists¦json:-0.0¦path:strict $.type()[1 to last]¦=>¦ERROR
        jsonb_path_exists¦json:-2.5¦path:lax $.abs()[0]¦=>¦true
        jsonb_path_exists¦json:0¦path:lax $.ab[1 to last]¦json:{}¦bool:f¦=>¦false
        jsonb_path_exists¦json:1.0¦path:lax $.**.size()."1"¦=>¦false
        jsonb_path_exists¦json:12.5e-3¦path:$[1.7] != $.a.double()¦=>¦true
        jsonb_path_exists¦json:1e2¦path:$.c¦=>¦false
        jsonb_path_exists¦json:1e2¦path:$["a"]."" < $."1"¦json:{}¦bool:t¦=>¦true
        jsonb_path_exists¦json:1e2¦path:$["a"]¦json:{}¦bool:f¦=>¦ERROR
        jsonb_path_exists¦json:3¦path:$ ? (@ = "abc")¦=>¦ERROR
        jsonb_path_exists¦json:3¦path:1¦=>¦true
        jsonb_path_exists¦json:3¦path:strict (+$.*)¦=>¦ERROR
        jsonb_path_exists¦json:[	100 ]¦path:$.ab.* ? (null > @.ab.""."x y")¦json:{}¦bool:t¦=>¦false
        jsonb_path_exists¦json:[	[],	[{"c"	:-0.0,""	:3,	"é":-0.0}] ,[] ,{}]¦path:lax $¦json:{}¦bool:f¦=>¦true
        jsonb_path_exists¦json:[ "\u0041" , false ]¦path:strict $.a ? (-1 == @ && @.size().abs() >= 3.0)[1]¦=>¦ERROR
        jsonb_path_exists¦json:[ "x\ty"	,{	"q\"": {"ab":1.50},	"c":	{	"k1": "1","b":	"1",	"c":null,"" :null}}, 1e2 ]¦path:$[last to 0].**{1 to last}.**{1}¦=>¦false
        jsonb_path_exists¦json:[ 2.5,{	"\u0001" : null}]¦path:$."1" = $.**.ab¦=>¦ERROR
        jsonb_path_exists¦json:["1", {"k1" :{"A":true,"k1":	2},"b" : {"k1": 0.1,"": 1},	"k1" :"a"}]¦path:lax $¦=>¦true
        jsonb_path_exists¦json:["1",123456789012]¦path:lax $."a".**{last}[*]¦=>¦false
        jsonb_path_exists¦json:["2.5"]¦path:strict $¦json:{}¦bool:t¦=>¦true
        jsonb_path_exists¦json:[0.10]¦path:lax $.k1.a[0 to 1]¦json:{}¦bool:t¦=>¦false
        jsonb_path_exists¦json:[123456789012,{	"b":"x\ty"}, {"k1" :{ "é": null, "é":-0,"0":0.10}}]¦path:strict $."a"¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_exists¦json:[[	[] ,100	],	0 ,-0]¦path:strict (+3.0)¦=>¦true
        jsonb_path_exists¦json:[[	true,	[]	]	,null ]¦path:$."é"¦=>¦false
        jsonb_path_exists¦json:[[	{	"aa":true,"ba":	1E+3},	[true	,"a" ,-1]	]]¦path:lax "a"¦=>¦true
        jsonb_path_exists¦json:[[-0.0,"x\ty"],	[{"c": null,"x y":	false}]	, {"ab": -0,""	: [-0]}	]¦path:lax true¦=>¦true
        jsonb_path_exists¦json:[]¦path:lax exists (true)¦json:{}¦bool:f¦=>¦true
        jsonb_path_exists¦json:[]¦path:strict $[last].ab¦json:{}¦bool:f¦=>¦ERROR
        jsonb_path_exists¦json:[]¦path:strict (+$.k1)¦=>¦ERROR
        jsonb_path_exists¦json:[]¦path:strict 10 starts with "a"¦=>¦true
        jsonb_path_exists¦json:[]¦path:strict 10¦json:{}¦bool:t¦=>¦true
        jsonb_path_exists¦json:[false,0.10]¦path:lax $.abs().ab.b¦=>¦ERROR
        jsonb_path_exists¦json:[null, true	,{"k1":[3 ,"null",-0.0,"b"	],"k1": 12.5e-3} ]¦path:strict $¦=>¦true
        jsonb_path_exists¦json:[{	"a" :	"x\ty","ab":{}}	]¦path:lax $[-1].""¦json:{}¦bool:f¦=>¦false
        jsonb_path_exists¦json:[{	"ab":	true,"a": { "é":-0,	"c"	:false},"" :{	"é": true, "c" :-0},"c":{"":-1}}, {}]¦path:1.5¦=>¦true
        jsonb_path_exists¦json:[{ "c":	{"long_key_name":null,"c":null,"k1" : ""},"é":null}]¦path:strict $[last]¦json:{}¦bool:f¦=>¦true
        jsonb_path_exists¦json:[{"0"	:false}	,{}	,[[null ,false,	null],	{}]]¦path:$¦json:{}¦bool:t¦=>¦true
        jsonb_path_exists¦json:[{"ab": 2.5}	,	[	[1,-0 , 1E+3, 1.50],null	] ]¦path:lax !($[*][0, 1].**{last} == $ ? (@.* != $))¦=>¦true
        jsonb_path_exists¦json:[{"ab":100,"x y":[false,100 ],	"1":[]} ,{"\n"	:[-0,2,true ],"é": {"a":-0.0,	"é":	"2.5"},"ba":0.10, "é":3}]¦path:$.b."1"¦=>¦false
        jsonb_path_exists¦json:[{"ab":[-1	]}	]¦path:$.size()¦=>¦true
        jsonb_path_exists¦json:[{"c" :	["b"	, "1"	],"é":{"1"	: null,	"k1" : "a"}, "é":	null,"": -0.0},	[] ]¦path:lax $¦=>¦true
        jsonb_path_exists¦json:[{"k1":[2,1.0],	"c":{"c" :	true, "é" :1e2},"A": [	-0.0],	"é" :	{}} ]¦path:strict $.*¦=>¦ERROR
        jsonb_path_exists¦json:[{"long_key_name"	: [null,	"é"],"é":{"k1"	:2,"k1": -0,	"c":-1,"c":12.5e-3},	"k1"	:	12.5e-3}	,	"1"]¦path:1¦=>¦true
        jsonb_path_exists¦json:false¦path:lax $.floor()¦=>¦ERROR
        jsonb_path_exists¦json:false¦path:null¦=>¦true
        jsonb_path_exists¦json:false¦path:strict $.ab¦=>¦ERROR
        jsonb_path_exists¦json:false¦path:strict ($.a.ceiling() * 0)¦json:{}¦bool:f¦=>¦ERROR
        jsonb_path_exists¦json:false¦path:strict (-$.**{1}."é") >= (+$.c)¦=>¦true
        jsonb_path_exists¦json:null¦path:$."é"."x y" ? ((@.k1 != @.*.a && @[1 to last] != -1))¦=>¦false
        jsonb_path_exists¦json:null¦path:(($.ab.floor().b * $.ab.floor()[last to 0]) + true)¦json:{}¦bool:f¦=>¦ERROR
        jsonb_path_exists¦json:null¦path:lax (1 % (+$."1".a.**{1}))¦json:{}¦bool:f¦=>¦ERROR
        jsonb_path_exists¦json:null¦path:lax (3.0 / $.k1.**.**{1 to 2})¦=>¦ERROR
        jsonb_path_exists¦json:null¦path:strict $ ? (!(3.0 == @[last].size()))¦=>¦false
        jsonb_path_exists¦json:true¦path:lax -1¦=>¦true
        jsonb_path_exists¦json:{	"" : { "é" :	[	0.10	]}, "ab"	: 0.10}¦path:lax (+$.b)¦=>¦false
        jsonb_path_exists¦json:{	"\u0001" :0.10, "x y":[{},{ "k1" :3,"x y":	"2.5"},	0.1	,	1E+3]}¦path:lax $ <= $ ? (exists (1)).**[0 to last]¦=>¦true
        jsonb_path_exists¦json:{	"a"	: false,"b" : [	[], [	null,-7.25	]],"":"é"}¦path:strict $."é"¦=>¦ERROR
        jsonb_path_exists¦json:{	"k1": []}¦path:($."a".**{1} - 0)¦json:{}¦bool:f¦=>¦ERROR
        jsonb_path_exists¦json:{	"x y" :{	"k1":12.5e-3,"x y" : [],	"k1": [2.5	]},"x y":true,"0":["ab"]}¦path:strict $.size().b[last]¦=>¦ERROR
        jsonb_path_exists¦json:{ ""	:[ ["abc",	10 ] ,["a" ,-1 ]],"k1"	: null}¦path:$[0 to 1]¦json:{}¦bool:t¦=>¦true
        jsonb_path_exists¦json:{ "aa" :1.0, "é"	: {"":	{},	"ba":	[ 12.5e-3,0]},"k1"	:{"b":{ "a":2.5,"a":	3,"b"	:	-2.5, "a" :"日本"}}}¦path:lax $."a" >= $¦=>¦true
        jsonb_path_exists¦json:{ "b":[ -0 ,{"" :	0.10,"A" :0, "1": -0}	]}¦path:"a"¦json:{}¦bool:f¦=>¦true
        jsonb_path_exists¦json:{ "c" : [ ["null" ,123456789012, true],	{	"\n": "\/","b"	:	-7.25, "long_key_name":null}, {},[] ]}¦path:strict !(exists ($.size()))¦=>¦true
        jsonb_path_exists¦json:{ "é": "é","aa"	:[],"k1" :null}¦path:lax $[0, 1].size()¦=>¦true
        jsonb_path_exists¦json:{ "é":2.5,"k1": 1}¦path:(-$.floor() ? ("a" != 1)) != $[-1]¦=>¦true
        jsonb_path_exists¦json:{"A":[],	"c"	:1.50,"é":[],"k1":[[2.5]	,	[1e2 ,	100	,10 ],false]}¦path:$.*.c[last to 0]¦=>¦false
        jsonb_path_exists¦json:{"aa":{}, "x y"	:	"abc","b" :{"" : 2,"ab"	:{"ba":-0,"aa"	:1e2},"é":[]}}¦path:$.a[1]["a"]¦json:{}¦bool:t¦=>¦false
        jsonb_path_exists¦json:{"ab" :[], "c"	:	true, "q\"":[{"ba":3},	{"c" :1.50},[-0	,	null],	{"é": 0.10,"k1": 123456789012} ],"a" : 2}¦path:7.5/2.5¦=>¦true
        jsonb_path_exists¦json:{"ab": "","a"	:	[{"ab":"é", "é":-1,"x y":	-1}, { "é":"é","":"日本"}	,2	]}¦path:lax $.b > $.k1.b.**{1 to 2}¦=>¦true
        jsonb_path_exists¦json:{"ab":{ "b" :{	"b":"1","1"	:true,"c":	2.5,	"q\"":false}}}¦path:(-3.0)¦=>¦true
        jsonb_path_exists¦json:{"ab":{"k1" :	{"k1" :null},"long_key_name":	{	"0" :1.50,"1":	"é","日本" :false,"a":"é"},	"k1":[1.0 ]}}¦path:$.c¦=>¦false
        jsonb_path_exists¦json:{"b" :	[null,	[null ,"a", false ,"abc"	]	],"ab"	: "é","日本":null,"":[	123456789012]}¦path:strict (exists ((+"abc"))) is unknown¦=>¦true
        jsonb_path_exists¦json:{"b":true}¦path:strict 100/7¦=>¦true
        jsonb_path_exists¦json:{"k1" : -0.0,"A" : 1E+3}¦path:strict $.*¦=>¦true
        jsonb_path_exists¦json:{"k1":1.0, "ab":{"c" :	{"a"	:null,	"c":	"b",	"k1":2.5},"x y": 100,"k1" :true, "c": 1.0}}¦path:strict $.ab¦=>¦true
        jsonb_path_exists¦json:{"k1":[{ ""	:	false,"a":	1e2}	,"2.5" ,{},{}],"A"	:100,"b":[]}¦path:-1¦=>¦true
        jsonb_path_exists¦json:{"x y"	:	[],"k1":{	"": -1, "a"	:[ -1]},"":true,	"k1" : []}¦path:(($.b % $.size()) % $.a)¦=>¦ERROR
        jsonb_path_exists¦json:{"x y":	{ "q\"":[-2.5,-0,	"日本" ],"b"	:-0.0,"q\"":{},"ab":{"b":"abc","b":null}}}¦path:lax null¦=>¦true
        jsonb_path_exists¦json:{"é"	:	2}¦path:strict $.*."1".c¦=>¦ERROR
        jsonb_path_exists¦json:{"é" :	{	"":{ "é" :"é"},"a" :1},"0" :	[	[] ,null,[	"\u0041",	1.50 ,"abc" ,	"日本"], {}]}¦path:strict ($ - $."a".b)¦=>¦ERROR
        jsonb_path_exists¦json:{"é": [[1e2	, null] ,"x\ty"],"k1" :"a"}¦path:$.size().*¦=>¦false
        jsonb_path_exists¦json:{"é": null, "b":	[{},{"é" :	1e2}]}¦path:$ ? ($.* starts with "a")¦=>¦false
        jsonb_path_exists¦json:{}¦path:$."x y"¦=>¦false
        jsonb_path_exists¦json:{}¦path:$.k1¦=>¦false
        jsonb_path_exists¦json:{}¦path:($.ab.b.* - $)¦json:{}¦bool:f¦=>¦ERROR
        jsonb_path_exists¦json:{}¦path:(($.abs() / $) % $)¦=>¦ERROR
        jsonb_path_exists¦json:{}¦path:lax $ != $[last].size()¦json:{}¦bool:f¦=>¦true
        jsonb_path_exists¦null:json¦path:$["a"]¦=>¦NULL
        jsonb_path_exists¦null:json¦path:($ + $ ? (@."é".type() <= @.type().k1.k1))¦=>¦NULL
        jsonb_path_match¦json:"1"¦path:$.type()¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_match¦json:"\u0041"¦path:$[0, 1] != $¦json:{}¦bool:f¦=>¦false
        jsonb_path_match¦json:"a"¦path:$.* ? (@.type()[*]."1" > "abc") > ($.abs() / $)¦json:{}¦bool:f¦=>¦NULL
        jsonb_path_match¦json:"ab"¦path:$.ab[1 to last]."a" <= $ ? (@.double().**{0 to 1}.**{1 to 2} >= 10 && @.a == @)."é"[0 to 1]¦json:{}¦bool:f¦=>¦false
        jsonb_path_match¦json:"x\ty"¦path:lax $."é" ? ((@.ceiling() + @.type().b) <= @.b)¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_match¦json:"x\ty"¦path:lax (-(+0))¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_match¦json:"x\ty"¦path:strict $ < ($.ceiling() + $[last].b)¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_match¦json:"x\ty"¦path:strict $ starts with "a"¦=>¦false
        jsonb_path_match¦json:-0¦path:strict ((-$) / $)¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_match¦json:-1¦path:(exists ($)) is unknown¦=>¦false
        jsonb_path_match¦json:-1¦path:lax ($.**{last}.*.c == true && $.ab.size() != $.**{1}."x y")¦=>¦false
        jsonb_path_match¦json:-1¦path:lax ($[*].**{1}."é" + $[*]) starts with "a"¦=>¦NULL
        jsonb_path_match¦json:-1¦path:lax (null + -1) < $.c.""¦=>¦NULL
        jsonb_path_match¦json:-2.5¦path:lax $."1"¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_match¦json:-2.5¦path:lax $¦json:{}¦bool:f¦=>¦ERROR
        jsonb_path_match¦json:-7.25¦path:$ ? (@ starts with "a")¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_match¦json:-7.25¦path:strict ($.size().c[last - 1] * 0) starts with "a"¦json:{}¦bool:f¦=>¦NULL
        jsonb_path_match¦json:0.1¦path:$ ? (@.double().k1 == "a" || 2 < @)¦=>¦ERROR
        jsonb_path_match¦json:0¦path:lax $.k1¦json:{}¦bool:f¦=>¦ERROR
        jsonb_path_match¦json:1.0¦path:lax $.*¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_match¦json:1.50¦path:$¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_match¦json:10¦path:$.floor() >= $ && ($.b."a" / 0) <> true¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_match¦json:10¦path:(!($.a == $[0])) is unknown¦json:{}¦bool:t¦=>¦false
        jsonb_path_match¦json:2.5¦path:$.c¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_match¦json:2¦path:2¦=>¦ERROR
        jsonb_path_match¦json:3¦path:true¦=>¦true
        jsonb_path_match¦json:[	"a", {	"c": {}, "c": -0}	, [[0],	{	"a":"\u0041",	"k1" :-2.5}],[ 1.0]]¦path:strict null¦=>¦NULL
        jsonb_path_match¦json:[	"x\ty",[false] ]¦path:3.0 starts with "a"¦=>¦NULL
        jsonb_path_match¦json:[	[ {""	:	null,"ba" :-0.0,"\u0001" : -2.5,	"ab":	null}	]]¦path:$.ab ? (@ ? (3.0 >= @.type()).** <> @ ? (@.abs() >= @))¦=>¦ERROR
        jsonb_path_match¦json:[	[],0 ]¦path:$.""¦=>¦ERROR
        jsonb_path_match¦json:[	{"x y":	1E+3, "b":	[	-1,10],"0":	[3 ,null,null	,	0],"k1"	:[false	, "\/","\u0041",true]}, []]¦path:lax $.b¦json:{}¦bool:f¦=>¦ERROR
        jsonb_path_match¦json:[ "",{"1":-0,"\n" :[ true ,null],	"a" :{	"é":-0,"long_key_name":-7.25},	"ab":	false}]¦path:($.a <> (-$.*) || $.**{1 to 2} > ($ + 3.0))¦=>¦NULL
        jsonb_path_match¦json:[ "abc",[	null,{} ,["abc" ,	-0 ,"a",null],100]]¦path:lax $."x y"¦=>¦ERROR
        jsonb_path_match¦json:[ 1E+3,	[]]¦path:strict $.type()¦=>¦ERROR
        jsonb_path_match¦json:[ [false,	1E+3] ]¦path:($.* + $.k1)¦=>¦ERROR
        jsonb_path_match¦json:[ [false,{"é"	:false, "1":0.10}	]	,	2 ,-2.5,{	"a":[], "c"	:[0.10	,"abc"]}]¦path:($.k1[last - 1][last to 0] - "abc")¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_match¦json:[ {"x y" :	{"ab": 3,	"c" :true},"x y":{"c" : null,"b" :-0}},{},	12.5e-3 ]¦path:0¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_match¦json:["1" ,[{} ,	[] ,	2.5]	]¦path:($.a / (-$.ab))¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_match¦json:["\u0041", {"ab"	:[true],"b" : [-2.5, "1"],"b":	"x\ty"} ]¦path:$ <> ((+$.b[-1]) - $)¦=>¦NULL
        jsonb_path_match¦json:["b"]¦path:!(10 < -1)¦=>¦true
        jsonb_path_match¦json:["null", { "x y"	: {"ba":0.1,"a":"2.5","b": "\u0041","ab" :null}, "b"	:	true}]¦path:$¦=>¦ERROR
        jsonb_path_match¦json:["é",["abc",-0	, {"x y" :	100} ]]¦path:true¦=>¦true
        jsonb_path_match¦json:[10]¦path:@.a¦=>¦ERROR
        jsonb_path_match¦json:[[	[ -2.5 ,10],	"2.5"]	]¦path:strict $[0 to 1]¦=>¦ERROR
        jsonb_path_match¦json:[[["null" , 3, 1E+3],	[2	,"x\ty"	]],	[	null,	[	"b",-1]]]¦path:lax 2 < $.type()¦=>¦NULL
        jsonb_path_match¦json:[[] ,	{	"x y" :	[null	, 12.5e-3	,10],"a":{"" :0,	"a" :"null"}} ]¦path:($.type()."" % $.size())¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_match¦json:[[{	"k1"	:2, "\n": "\u0041",	"x y": 1e2},{""	:"日本","k1" :	null}],	[ {},[]]]¦path:lax $ != $[1 to last].""¦=>¦false
        jsonb_path_match¦json:[]¦path:$."x y"¦=>¦ERROR
        jsonb_path_match¦json:[]¦path:$.*[-1] != $[-1]¦=>¦false
        jsonb_path_match¦json:[]¦path:lax !(exists ($.size().a.k1))¦=>¦true
        jsonb_path_match¦json:[]¦path:lax $.a¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_match¦json:[]¦path:lax $[*]¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_match¦json:[]¦path:strict $.k1.""¦=>¦ERROR
        jsonb_path_match¦json:[]¦path:strict ($.c * (1.5 + $.b.a)) > $.**{1}.b.a¦=>¦NULL
        jsonb_path_match¦json:[]¦path:strict exists($)¦=>¦true
        jsonb_path_match¦json:[{"":"abc",	"c":[	"" ,true	]}, -0.0]¦path:(+$.b) <> $[last to 0] && true != true¦json:{}¦bool:t¦=>¦false
        jsonb_path_match¦json:false¦path:$ < $.c.ab.a¦=>¦false
        jsonb_path_match¦json:false¦path:(($.ab % null) * $."")¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_match¦json:null¦path:$."1" ? (@.b.size() < 3.0) >= ($[last].ceiling() + $.ceiling()."a".*) && $[last to 0].*.k1 >= $[last].a¦=>¦false
        jsonb_path_match¦json:null¦path:$[$.a]¦=>¦ERROR
        jsonb_path_match¦json:null¦path:$¦json:{}¦bool:f¦=>¦NULL
        jsonb_path_match¦json:null¦path:lax $.a.k1 starts with "a"¦=>¦false
        jsonb_path_match¦json:null¦path:lax $¦=>¦NULL
        jsonb_path_match¦json:null¦path:lax $¦json:{}¦bool:f¦=>¦NULL
        jsonb_path_match¦json:null¦path:lax 2¦=>¦ERROR
        jsonb_path_match¦json:null¦path:strict $ ? (@ >= @)¦=>¦NULL
        jsonb_path_match¦json:true¦path:lax "abc"¦=>¦ERROR
        jsonb_path_match¦json:{	"0":"b","c":{},"a"	:	[{"é":true,	"b":	"2.5"},	-7.25, {"é":0.1,	"k1" :1.0}]}¦path:lax $[0, 1]."é"¦json:{}¦bool:f¦=>¦ERROR
        jsonb_path_match¦json:{	"a"	: [{ "b"	:3,"ab":3},{"x y":	null}],"ab" :	-7.25}¦path:$.* starts with "a"¦=>¦NULL
        jsonb_path_match¦json:{	"b" :"b","é":{}}¦path:strict $[0 to 1] < ((-$) / "abc")¦=>¦NULL
        jsonb_path_match¦json:{	"k1"	:100, "a": {}}¦path:lax null¦=>¦NULL
        jsonb_path_match¦json:{	"x y":{"k1":{},	"a"	:"日本"}, "ba":	0.10}¦path:$ ? (@.ab <> 0 && @ >= 10)¦=>¦ERROR
        jsonb_path_match¦json:{ "":[{},{	"é"	:false,"é":true}	], "x y" :2.5,"\n": [{},[],{"a" :"x\ty","c"	:""},2]}¦path:lax true¦=>¦true
        jsonb_path_match¦json:{ "":true,"" : [ {}	,{"c":-7.25,	"x y"	: ""}]}¦path:strict true¦=>¦true
        jsonb_path_match¦json:{ "c":{	"a"	:3,	"\n"	:[ "",null]}}¦path:$."x y".**{0 to 1}.c¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_match¦json:{ "q\"" :"\/",	"c" :[	{"ab":	false,"é"	:"x\ty"},	10]}¦path:strict $[$.a] ? (exists (@."a")) > $.b¦=>¦NULL
        jsonb_path_match¦json:{""	:	true,"c" : [],"long_key_name":[2]}¦path:lax $.* < $¦=>¦NULL
        jsonb_path_match¦json:{"a":	{	"A" :-2.5,"a"	:	{"k1":"\u0041","a": -0.0}},"b":	[{"x y"	:"x\ty"}	,{"ab" : "\/"}],"é"	:	[	[	true,	10 ] ]}¦path:!($.a==1)¦=>¦NULL
        jsonb_path_match¦json:{"a": { "a":[],""	:	[]}}¦path:$[2].**{1 to 2} > ($."é".b[0] / $.**{last}."é")¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_match¦json:{"ab" :	{"é":{},"c"	:	{"" :1.0,"é":0.10}}}¦path:strict $¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_match¦json:{"b" :[{"": -1,"ab" :100,	"k1" : "abc"} ,{ "c":2}]}¦path:strict $[*]¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_match¦json:{"c"	:["abc"	,[]	]}¦path:$."a"[last - 1].c¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_match¦json:{"c":[true],	"x y":{ "q\""	: false,	"" :{	"ab":false,"aa":2.5}},"é"	:	[]}¦path:null <> $."1"¦=>¦false
        jsonb_path_match¦json:{"x y":	{},"c":	-0.0,	"c" : false}¦path:$.**{0 to 1}.k1¦json:{}¦bool:f¦=>¦ERROR
        jsonb_path_match¦json:{"x y":true,"k1":100}¦path:(-$.b)¦=>¦ERROR
        jsonb_path_match¦json:{"é":	3,	"a"	:	[	0 , true],"b":-0.0,"k1":	{"x y" :	true,"a" :[12.5e-3	,null ,0,1.0]}}¦path:lax (("abc" - $) <= $.ab) is unknown¦=>¦true
        jsonb_path_match¦json:{"é":null,	"c":	"\u0041"}¦path:$¦=>¦ERROR
        jsonb_path_match¦json:{}¦path:$[0, 1].c starts with "a"¦json:{}¦bool:t¦=>¦false
        jsonb_path_match¦json:{}¦path:(2 + $.type()) == 10 || (null <> true) is unknown¦=>¦NULL
        jsonb_path_match¦json:{}¦path:lax $.b¦=>¦ERROR
        jsonb_path_match¦json:{}¦path:strict $¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_match¦json:{}¦path:strict (($.b.*.c % 1) - $)¦=>¦ERROR
        jsonb_path_match¦json:{}¦path:strict (($[0, 1]."a".a - null) starts with "a") is unknown¦=>¦true
        jsonb_path_match¦null:json¦path:$.a ? (1 == 1).b¦json:{}¦bool:f¦=>¦NULL
        jsonb_path_match¦null:json¦path:$¦=>¦NULL
        jsonb_path_match¦null:json¦path:(($.abs().**{last} + $[last to 0][last]) - $.ab.k1)¦=>¦NULL
        jsonb_path_match¦null:json¦path:lax (true * $ ? ($ >= -1)) >= $ ? (1.5 starts with "a")¦=>¦NULL
        jsonb_path_match¦null:json¦path:strict $ ? (exists (1.5))¦=>¦NULL
        jsonb_path_match¦null:json¦path:strict $."x y"."x y"¦=>¦NULL
        jsonb_path_match¦null:json¦path:strict (--1)¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_query_array¦json:"1"¦path:strict (exists ($) && $[0 to last][0, 1].c >= $)¦=>¦[null]
        jsonb_path_query_array¦json:"2.5"¦path:lax $.b.**{last}¦=>¦[]
        jsonb_path_query_array¦json:"\/"¦path:$¦json:{}¦bool:f¦=>¦["/"]
        jsonb_path_query_array¦json:"abc"¦path:$¦json:{}¦bool:t¦=>¦["abc"]
        jsonb_path_query_array¦json:"null"¦path:$ ? (@[last]."é" < @.**{0 to 1}.b)¦=>¦[]
        jsonb_path_query_array¦json:"x\ty"¦path:(-$."é")¦=>¦[]
        jsonb_path_query_array¦json:"x\ty"¦path:strict $.type() ? (exists (0)).*¦=>¦ERROR
        jsonb_path_query_array¦json:"é"¦path:lax $.size() starts with "a"¦json:{}¦bool:t¦=>¦[null]
        jsonb_path_query_array¦json:"日本"¦path:$ == $.**{1 to 2}.**{1 to 2}.size()¦=>¦[false]
        jsonb_path_query_array¦json:"日本"¦path:$ == $.c¦=>¦[false]
        jsonb_path_query_array¦json:"日本"¦path:lax $.*.* ? (@ ? ($[-1] >= @).size().a > 0)¦=>¦[]
        jsonb_path_query_array¦json:-0.0¦path:3.0¦json:{}¦bool:f¦=>¦[3.0]
        jsonb_path_query_array¦json:-1¦path:(($["a"] * $) * $.**{0 to 1} ? (@ < @.double().size().type()) ? (@.b.k1[-1] == 10))¦=>¦ERROR
        jsonb_path_query_array¦json:-1¦path:strict $ ? (($.c >= @.a || 3.0 >= @)) ? (($ < 2 && "abc" != @.size()))[last]¦=>¦[]
        jsonb_path_query_array¦json:-2.5¦path:(-1 + ($.size() / $))¦=>¦[-1.40000000000000000000]
        jsonb_path_query_array¦json:-2.5¦path:lax ($.abs() / (-$.a.ceiling()))¦=>¦ERROR
        jsonb_path_query_array¦json:-7.25¦path:($.ab / $ ? ($[0].size().k1 <> 1.5)) < ($ + $.floor() ? (1.5 != $[1 to last]))¦json:{}¦bool:f¦=>¦[null]
        jsonb_path_query_array¦json:-7.25¦path:lax $.a = (+$."a" ? (@.ab.type().type() = @."x y"["a"]))¦=>¦ERROR
        jsonb_path_query_array¦json:-7.25¦path:strict -1¦=>¦[-1]
        jsonb_path_query_array¦json:1.0¦path:($."x y"."a" ? (1.5 != -1) / $[1.7])¦json:{}¦bool:t¦=>¦[]
        jsonb_path_query_array¦json:1.0¦path:lax $ ? (@ ? (3.0 <> @.ceiling())."".* = @[0 to 1].ab.type())¦=>¦ERROR
        jsonb_path_query_array¦json:1.50¦path:$.*.c¦=>¦[]
        jsonb_path_query_array¦json:1.50¦path:(1.5 + 10)¦=>¦[11.5]
        jsonb_path_query_array¦json:1.50¦path:2¦=>¦[2]
        jsonb_path_query_array¦json:1.50¦path:strict $.c¦=>¦ERROR
        jsonb_path_query_array¦json:1.50¦path:strict (-1.5)¦json:{}¦bool:f¦=>¦[-1.5]
        jsonb_path_query_array¦json:100¦path:strict $.size()[0, 1].abs()¦=>¦ERROR
        jsonb_path_query_array¦json:12.5e-3¦path:($.* - $."é")¦json:{}¦bool:f¦=>¦ERROR
        jsonb_path_query_array¦json:12.5e-3¦path:lax $[last]["a"]¦=>¦ERROR
        jsonb_path_query_array¦json:12.5e-3¦path:true¦json:{}¦bool:t¦=>¦[true]
        jsonb_path_query_array¦json:1E+3¦path:$¦=>¦[1000]
        jsonb_path_query_array¦json:3¦path:(-$ ? (@.type() == $[1 to last].*).*.type()) < (0 + ($.ceiling().a % $.**{1 to last}))¦=>¦[null]
        jsonb_path_query_array¦json:[	[	3,{},[]	]	,[ {"b":1E+3,"a"	:100, "k1" :"2.5"},{}]]¦path:strict true¦json:{}¦bool:f¦=>¦[true]
        jsonb_path_query_array¦json:[	[ [],[2.5,true]]	, 2.5 ]¦path:lax (true > 1 || $ >= 0) is unknown¦json:{}¦bool:t¦=>¦[false]
        jsonb_path_query_array¦json:[	{"":	2,"\n" :3},null ]¦path:$[$.a]¦=>¦ERROR
        jsonb_path_query_array¦json:[	{}	,{"":{"é":""},"x y" :[ 3	,true],	"" :{"é"	:100,"ab":	false,"é" :100,"1"	:	"null"}, "b"	:1}	]¦path:!($ = $)¦=>¦ERROR
        jsonb_path_query_array¦json:[ "2.5",{"b"	: 1e2,	"0"	:{}}]¦path:lax $.b.ab¦=>¦[]
        jsonb_path_query_array¦json:[ 0	,[1, [ 12.5e-3, -1, true] ]]¦path:strict (-null)¦=>¦ERROR
        jsonb_path_query_array¦json:[ 10 ,"a",true,	"é"]¦path:strict $."" ? (@.c <= $.c)¦json:{}¦bool:t¦=>¦[]
        jsonb_path_query_array¦json:[ [[]]	, ["null"	,[null], null	,["a", 1.50 ,false ,	"b"]]]¦path:strict $ ? (@.c.b > (@.**{last}.a % 0))¦=>¦[]
        jsonb_path_query_array¦json:[ [null	,["\/" ] , [ -2.5 ] ,[]]]¦path:$."x y"¦json:{}¦bool:t¦=>¦[]
        jsonb_path_query_array¦json:[ true]¦path:($.b starts with "a") is unknown¦=>¦[false]
        jsonb_path_query_array¦json:[ {},"2.5"]¦path:"a"¦json:{}¦bool:t¦=>¦["a"]
        jsonb_path_query_array¦json:["é"]¦path:lax 1¦=>¦[1]
        jsonb_path_query_array¦json:[-7.25]¦path:(null / $.size() ? (@."é" = @.size().c).c)¦json:{}¦bool:t¦=>¦ERROR
        jsonb_path_query_array¦json:[1E+3	]¦path:$¦json:{}¦bool:f¦=>¦[[1000]]
        jsonb_path_query_array¦json:[[-1, ["a"],{ "x y"	:	3}], "2.5"]¦path:"abc" > 1¦=>¦[null]
        jsonb_path_query_array¦json:[[]]¦path:lax null > (+$ ? (@.a < @.*.c).size())¦json:{}¦bool:t¦=>¦[false]
        jsonb_path_query_array¦json:[[{"a": 3, "k1":	1.0,"é"	:-7.25,	"b"	:false},[	-0.0	, false	]] ]¦path:lax !($ ? (@.ceiling() < "a").ab[0 to 1] == $)¦=>¦[true]
        jsonb_path_query_array¦json:[[{}] ,	false,	{"ab":""}	,	{	"é":{ "k1" :null,"a":true,""	:-0.0}} ]¦path:($.c.ab[1 to last] / (0 % $.k1.k1.*))¦=>¦ERROR
        jsonb_path_query_array¦json:[]¦path:$."é".*¦=>¦[]
        jsonb_path_query_array¦json:[]¦path:($ = $) is unknown¦json:{}¦bool:f¦=>¦ERROR
        jsonb_path_query_array¦json:[]¦path:($[1 to last] - (10 % $.*))¦json:{}¦bool:t¦=>¦[]
        jsonb_path_query_array¦json:[]¦path:lax $."é"¦json:{}¦bool:f¦=>¦[]
        jsonb_path_query_array¦json:[false,false ,[-7.25, {"k1" :	null, "é" :-0},{	"" :	false}	]]¦path:lax $[$.a].ab.k1¦=>¦ERROR
        jsonb_path_query_array¦json:[{"k1":{},"é":"null","b" :	"b","": true} ,{	"é":{ "k1"	: "","long_key_name"	:"\u0041"},	"0" :[]} ]¦path:lax exists ($.k1)¦=>¦[true]
        jsonb_path_query_array¦json:[{},123456789012]¦path:$.**{1 to last}¦=>¦[{}, 123456789012]
        jsonb_path_query_array¦json:[{},{ "" : []} ,	[] , "a"	]¦path:lax $ ? (@.k1.ab.b = (-3.0)).b¦=>¦ERROR
        jsonb_path_query_array¦json:[{}]¦path:strict $¦=>¦[[{}]]
        jsonb_path_query_array¦json:false¦path:"abc"¦json:{}¦bool:t¦=>¦["abc"]
        jsonb_path_query_array¦json:false¦path:lax $."é" != ($.b * 1.5)¦=>¦[null]
        jsonb_path_query_array¦json:null¦path:$.k1 = -1¦=>¦ERROR
        jsonb_path_query_array¦json:null¦path:(($[1.7] > -1) is unknown && exists (($.type().c."x y" / $)))¦=>¦[false]
        jsonb_path_query_array¦json:null¦path:2/3.0¦=>¦[0.66666666666666666667]
        jsonb_path_query_array¦json:null¦path:lax $.double()¦=>¦ERROR
        jsonb_path_query_array¦json:null¦path:strict $.a¦=>¦ERROR
        jsonb_path_query_array¦json:true¦path:$[0 to last]."é".c¦=>¦[]
        jsonb_path_query_array¦json:true¦path:lax $.double() < $.**¦=>¦[null]
        jsonb_path_query_array¦json:true¦path:strict "a"¦json:{}¦bool:t¦=>¦["a"]
        jsonb_path_query_array¦json:{	""	:[	false,{}]}¦path:$ ? (@["a"] <= (10 * @.type())).type()[1 to last]¦json:{}¦bool:f¦=>¦[]
        jsonb_path_query_array¦json:{	"A" : [],"b":{	"é":{	"A" :	null}, "\n":["",	0.10	]}}¦path:lax $.b[0, 1]¦json:{}¦bool:t¦=>¦[{"\n": ["", 0.10], "é": {"A": null}}]
        jsonb_path_query_array¦json:{	"\n":	{"A" :"","0":[ false,null]}}¦path:strict $¦=>¦[{"\n": {"0": [false, null], "A": ""}}]
        jsonb_path_query_array¦json:{	"b" :	[[1.50 ,null,null,	-0.0]	, {"k1"	: "é", "é":0.10,"c"	:	1}]}¦path:(-$.**{1 to last})¦=>¦ERROR
        jsonb_path_query_array¦json:{	"c": [], "日本": [ [null,null ,1.0] ,{"a":"é", "A": 12.5e-3,""	:0.10}]}¦path:strict $ ? (@ == @)¦=>¦[]
        jsonb_path_query_array¦json:{	"q\"" :1E+3}¦path:(10 / $[0, 1])¦json:{}¦bool:t¦=>¦[]
        jsonb_path_query_array¦json:{	"x y" :{"é":	[ 1.50],"a":1},"ba": "2.5"}¦path:strict $¦=>¦[{"ba": "2.5", "x y": {"a": 1, "é": [1.50]}}]
        jsonb_path_query_array¦json:{	"é"	:100,"0": [	null	, -1	, true	]}¦path:strict exists ($."x y".**{1}.a)¦=>¦[null]
        jsonb_path_query_array¦json:{ "ab" : { "ab"	:0.10,"c": ["x\ty",null ,-1,"\/" ]},"é":null}¦path:strict $."x y"[last - 1][0 to 1]¦=>¦ERROR
        jsonb_path_query_array¦json:{ "x y":	100,"":	{}}¦path:lax $.a ? (@ ? (@."é".c.c <> 2) < @.* ? (1.5 <= 0).k1)[0, 1]¦=>¦[]
        jsonb_path_query_array¦json:{"":	[	{"":	"é", "ab":	0.10, "a" :"2.5","A"	:123456789012} ,[]],	"b":1e2}¦path:!(1 > -1 || $.*.k1.size() >= $.type())¦=>¦[false]
        jsonb_path_query_array¦json:{"":"ab"}¦path:"a"¦json:{}¦bool:f¦=>¦["a"]
        jsonb_path_query_array¦json:{"0":	{"é":{},"ab"	:	{"":1.0,"é": "x\ty"}, "b":{}, "" :	[ null,1.0	,1e2]}}¦path:($.k1 - $.**{0 to 1}.ceiling().c)¦=>¦ERROR
        jsonb_path_query_array¦json:{"\n"	:{"q\""	: {},"k1": 0.10,"a":3},"ab":12.5e-3}¦path:$.*.a¦json:{}¦bool:t¦=>¦[3]
        jsonb_path_query_array¦json:{"\u0001" :{	"é":"abc"},	"k1" :[], "aa":{},"é"	: [	{	"": 0, "ab":	100} ,	{},{	"ab":0,	"c" :123456789012} ,-7.25]}¦path:1¦=>¦[1]
        jsonb_path_query_array¦json:{"a":	["\u0041", [],{	"c" :"ab","a":	3}	,{"é":	false}], "b":	0.1}¦path:(+($[0, 1] % "a"))¦=>¦ERROR
        jsonb_path_query_array¦json:{"ab" : {	"a":{"x y":	true,"" :	-1},"a":{ "c"	: 2.5,"x y" :"é","ab":	-7.25,"a": "日本"}}}¦path:exists ($.type()."x y"."é")¦=>¦[false]
        jsonb_path_query_array¦json:{"ab":{"ba":"abc"}}¦path:strict $.type().floor().* < $.*."a".*¦json:{}¦bool:f¦=>¦[null]
        jsonb_path_query_array¦json:{"c" :[[1E+3,1.0,123456789012]]}¦path:lax $.c >= $.k1¦=>¦[false]
        jsonb_path_query_array¦json:{"c":null,"\n"	: [[true,10 ,100]]}¦path:$["a"].a."a" starts with "a"¦=>¦[null]
        jsonb_path_query_array¦json:{"k1" : [["2.5" ],{"" :-1,	"b":2.5,"k1" :	2.5,"é":-1}, {"é"	:	"\/","ab"	:"\u0041", "c":	"\/","b"	:	3} ]}¦path:3.0¦=>¦[3.0]
        jsonb_path_query_array¦json:{"x y":[ null, [ "","é", true ]]}¦path:strict $.ceiling()¦=>¦ERROR
        jsonb_path_query_array¦json:{"x y":[{"long_key_name" :	null,"long_key_name":0, "日本"	:"ab"} ,1	,{}]}¦path:lax $.a > $.k1[last to 0]¦=>¦[false]
        jsonb_path_query_array¦json:{"é"	:[],"é":1.50}¦path:lax $[0, 1] == $¦json:{}¦bool:t¦=>¦[null]
        jsonb_path_query_array¦json:{"é" : [{"x y":false,"":	"é","k1":	2}, {	"x y":0.10,"ab":	null,	"A":true} ,	-1 , []]}¦path:!((+$[1]) >= $)¦=>¦[true]
        jsonb_path_query_array¦json:{"日本": "2.5","k1":	3}¦path:$."1"¦=>¦[]
        jsonb_path_query_array¦json:{}¦path:$.* ? (!(@.type() >= $."é"))[1 to last]¦json:{}¦bool:f¦=>¦[]
        jsonb_path_query_array¦json:{}¦path:strict exists ((-$))¦json:{}¦bool:f¦=>¦[null]
        jsonb_path_query_array¦null:json¦path:($ % $.k1)¦=>¦NULL
        jsonb_path_query_array¦null:json¦path:lax $.*."a"¦=>¦NULL
        jsonb_path_query_array¦null:json¦path:strict $.type()¦=>¦NULL
        jsonb_path_query_first¦json:""¦path:3.0¦=>¦3.0
        jsonb_path_query_first¦json:""¦path:lax $."x y".*¦=>¦NULL
        jsonb_path_query_first¦json:"1"¦path:$ ? (exists (@.c[1.7]))[1 to last]¦json:{}¦bool:f¦=>¦NULL
        jsonb_path_query_first¦json:"1"¦path:$.floor().k1¦=>¦ERROR
        jsonb_path_query_first¦json:"2.5"¦path:$[last to 0]¦=>¦"2.5"
        jsonb_path_query_first¦json:-1¦path:$[last]."é".c¦=>¦NULL
        jsonb_path_query_first¦json:-1¦path:($.*.a * null)¦=>¦ERROR
        jsonb_path_query_first¦json:-2.5¦path:$ ? (("abc" == @."é" && "a" <> 1))[0, 1].**{last} == $[last to 0] ? ((null >= 10 && "a" <> 1))[1.7]¦json:{}¦bool:f¦=>¦false
        jsonb_path_query_first¦json:-2.5¦path:(1 / $)¦=>¦-0.40000000000000000000
        jsonb_path_query_first¦json:-7.25¦path:$ ? (@.ab[1 to last] = ($."a" - 10)).floor()[1.7]¦=>¦ERROR
        jsonb_path_query_first¦json:-7.25¦path:lax $[0 to last]."é"[0 to 1]¦json:{}¦bool:f¦=>¦NULL
        jsonb_path_query_first¦json:0¦path:$.**{last}["a"][last]¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_query_first¦json:0¦path:strict $.b.*.k1¦=>¦ERROR
        jsonb_path_query_first¦json:100¦path:(-$)¦json:{}¦bool:f¦=>¦-100
        jsonb_path_query_first¦json:123456789012¦path:lax $."a" <= $[1]¦json:{}¦bool:t¦=>¦false
        jsonb_path_query_first¦json:123456789012¦path:strict !($.a==1)¦=>¦null
        jsonb_path_query_first¦json:1E+3¦path:lax (-$.**."1".b)¦=>¦NULL
        jsonb_path_query_first¦json:1e2¦path:lax $.*.k1¦json:{}¦bool:f¦=>¦NULL
        jsonb_path_query_first¦json:1e2¦path:strict true¦=>¦true
        jsonb_path_query_first¦json:2.5¦path:lax (-$[*]."a")¦=>¦NULL
        jsonb_path_query_first¦json:2¦path:$."x y"¦=>¦NULL
        jsonb_path_query_first¦json:2¦path:strict $.""¦=>¦ERROR
        jsonb_path_query_first¦json:[	"abc"]¦path:strict $[0 to last] = $.*¦=>¦ERROR
        jsonb_path_query_first¦json:[	[{}] ,{""	: 12.5e-3}]¦path:$.size().ab[-1]¦=>¦NULL
        jsonb_path_query_first¦json:[	{"": "\/", "c" :["2.5",false	,""	,1]},{"1"	: null}	]¦path:$.ab != "a"¦=>¦false
        jsonb_path_query_first¦json:[	{"é"	:[	null,	"x\ty" , true ,1e2 ],	"b":	{"c"	:0, "c"	:"1","é":"a","b": 0},"é": {"ab":	null, "a":0.1}}]¦path:($ - 3.0)¦=>¦ERROR
        jsonb_path_query_first¦json:[	{}	,[{"ab"	:true,"b" :10}	]]¦path:lax 1¦json:{}¦bool:f¦=>¦1
        jsonb_path_query_first¦json:[ "\u0041"]¦path:$ starts with "a"¦json:{}¦bool:f¦=>¦false
        jsonb_path_query_first¦json:[ 2.5	]¦path:strict $["a"] != (($[1 to last] * $[1.7].c.b) * $."é")¦=>¦null
        jsonb_path_query_first¦json:[ [ { "b":	3, "x y" : "1"} ,{"1" : 12.5e-3,"aa": "ab"} ],-2.5 ,123456789012 ,2]¦path:lax $.*.a.ab¦=>¦NULL
        jsonb_path_query_first¦json:[ [{"日本":"ab"}, true] ,null]¦path:lax $.**{1 to last}.**{1 to last}[last - 1]¦=>¦NULL
        jsonb_path_query_first¦json:[ true	, "é"]¦path:$¦=>¦[true, "é"]
        jsonb_path_query_first¦json:["\u0041"	]¦path:(-($ / $[last to 0].ab))¦json:{}¦bool:f¦=>¦ERROR
        jsonb_path_query_first¦json:["b",[{"b":"x\ty","a"	: 0.1}]	,[{"a" :	false, "x y" :	-0} ,""]	]¦path:(exists ("abc")) is unknown¦=>¦false
        jsonb_path_query_first¦json:[0.10,-2.5]¦path:$.a.ceiling()¦=>¦NULL
        jsonb_path_query_first¦json:[1.0,[] ]¦path:lax exists ($.c.**{0 to 1} ? ((-0) == 2))¦=>¦false
        jsonb_path_query_first¦json:[[]]¦path:$.k1¦=>¦NULL
        jsonb_path_query_first¦json:[[{"b":0.10,	"": "null","k1":-0,	"c" :0} ,"null"	,	{"x y"	:"\/","\u0001"	:	"é"}	] ]¦path:lax (0 - "abc")¦=>¦ERROR
        jsonb_path_query_first¦json:[[{"é"	:12.5e-3,"b"	:null}, { "a" :10,"k1"	:null,"a": true}	, 12.5e-3] , [true,{	"k1"	:true}	]]¦path:lax $."a"[last]¦=>¦NULL
        jsonb_path_query_first¦json:[]¦path:1.5¦=>¦1.5
        jsonb_path_query_first¦json:[]¦path:2 != $¦=>¦false
        jsonb_path_query_first¦json:[]¦path:lax $.""[1.7].k1¦=>¦NULL
        jsonb_path_query_first¦json:[]¦path:lax $.*¦=>¦NULL
        jsonb_path_query_first¦json:[]¦path:strict ($."1" >= $["a"] || $.type() <= $.type())¦json:{}¦bool:f¦=>¦true
        jsonb_path_query_first¦json:[null	, [[ "\/"	, "\/"	] ,[-0.0,0.1] ]]¦path:$ ? (exists (0))¦=>¦null
        jsonb_path_query_first¦json:[null,	{}	,[1.0	,	{ "x y":"1", "ab":	3} ,"1"	]]¦path:(null - $[-1] ? (@ == 0) ? (@.k1 <> 2))¦=>¦ERROR
        jsonb_path_query_first¦json:[{	"A":	[null ,"日本"]}	,{ "k1"	:{	"é" : "",	"": false,"ab" :"日本","ab": null},	"b":{"0":-1}}]¦path:lax $."x y"¦=>¦NULL
        jsonb_path_query_first¦json:[{	"k1": [ -0.0,null,	"b"], "long_key_name" :{	"c":	null,"k1" :12.5e-3}},[]]¦path:$.**{0 to 1}.ceiling().size()¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_query_first¦json:[{"": null, "ab":{"a": "b", "c":true, "c":	"ab"},"1":{}}]¦path:lax $."x y"¦=>¦NULL
        jsonb_path_query_first¦json:[{"ab" :	[1.0 , false ]},	{} ]¦path:(($.b.b / $) % (-1 - 2))¦=>¦ERROR
        jsonb_path_query_first¦json:[{"c":{"é":"é",	"a":1e2}, "x y"	:[null,123456789012]}]¦path:$.""¦=>¦NULL
        jsonb_path_query_first¦json:[{"q\"" : {"0"	:"é"},"x y" :	["b"],	"b" : {"A": "\u0041", "q\"":	123456789012,"x y" :12.5e-3}},	1e2	,true	,"abc"]¦path:strict  ¦=>¦ERROR
        jsonb_path_query_first¦json:[{"é":	[ 1e2 ,	"1"],"ab"	:{"a":true,"":"x\ty"}} ,	{ "long_key_name": null,	"a":"null"}]¦path:$.floor()¦json:{}¦bool:f¦=>¦ERROR
        jsonb_path_query_first¦json:[{}	, null, {"k1"	:	{"b"	: 123456789012,"c": 0.1},	"long_key_name":	{	"ab":	2, "x y":-2.5},"c"	:-2.5}	]¦path:lax (+$)¦=>¦ERROR
        jsonb_path_query_first¦json:[{}, [ []	, []	]]¦path:lax ((+$) * $[1.7])¦=>¦ERROR
        jsonb_path_query_first¦json:false¦path:$.**{1 to 2}.c.*¦json:{}¦bool:f¦=>¦NULL
        jsonb_path_query_first¦json:null¦path:strict 1.5¦=>¦1.5
        jsonb_path_query_first¦json:true¦path:($.double().b[1 to last] % $.b)¦=>¦ERROR
        jsonb_path_query_first¦json:true¦path:1¦=>¦1
        jsonb_path_query_first¦json:true¦path:lax $¦=>¦true
        jsonb_path_query_first¦json:true¦path:lax 10¦=>¦10
        jsonb_path_query_first¦json:{	""	: {},"0": 0.1}¦path:lax ($ == $.*.**{1 to 2}.*) is unknown¦json:{}¦bool:t¦=>¦false
        jsonb_path_query_first¦json:{	"a":	null, "\n"	:[], "": [[ -2.5,	3 ,1.50,1.50]	,{	"b":	null,"c":12.5e-3}]}¦path:($.a.k1["a"] % $[0, 1].floor().b)¦=>¦ERROR
        jsonb_path_query_first¦json:{	"b"	:	{},"b" :[{}	,null, "1"], "a"	:"null","x y": {"ab" :	true,"b"	:{"ab" :null,"":0.1}}}¦path:lax $.size().b¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_query_first¦json:{	"日本"	:	-0,"c"	:	{"c"	:{"c":1.50},	"b"	:"x\ty","b": {}}}¦path:lax $.type().c[1 to last]¦=>¦NULL
        jsonb_path_query_first¦json:{ "a":[{"x y" :"a","ab":1,"x y": 1}, {	"": -7.25}],	"b": { "é":{ "": false},	"" :	{"c":0}},"" :{"a":10}}¦path:lax $.k1."1"¦=>¦NULL
        jsonb_path_query_first¦json:{ "a":[{}, {}],"0" :	[[ "é" ],["2.5",	"1" ],"x\ty" ,{"ab" :"abc",	"\u0001":	"\u0041","k1":	1E+3, "0":""}]}¦path:lax $.size().k1¦=>¦NULL
        jsonb_path_query_first¦json:{""	: []}¦path:strict $.k1¦=>¦ERROR
        jsonb_path_query_first¦json:{"": {}, "b" :	{},"k1":{ "":true,"q\"": {"aa":100}}}¦path:lax $[last] starts with "a"¦json:{}¦bool:f¦=>¦null
        jsonb_path_query_first¦json:{"a" :-2.5}¦path:strict (0 + $.a.k1.a)¦json:{}¦bool:f¦=>¦ERROR
        jsonb_path_query_first¦json:{"a" :[[	100,1.50], 0], "":	{},"x y":	[	null,"\u0041",[],	{	"c" :1e2,	"a": "x\ty"} ]}¦path:$.a < $.ceiling().a¦json:{}¦bool:t¦=>¦null
        jsonb_path_query_first¦json:{"ab"	:	"abc","c": -0}¦path:lax 2¦=>¦2
        jsonb_path_query_first¦json:{"ab":	{ "c" :{"x y": 3, "c": -7.25},"k1"	:{	"é"	:"1","é":	null, "b"	:"1"},"x y": {}},"x y":	100}¦path:lax $.**{1 to last}.ab¦=>¦NULL
        jsonb_path_query_first¦json:{"ab":10,"x y"	: [	{"" :1.50,"é" :true,"k1":	-0, "x y": -7.25}	,0.10, true,{} ],"ab": "a"}¦path:$[-1]¦=>¦NULL
        jsonb_path_query_first¦json:{"b" :null,"c":	{ "ab": [true,"ab"	],""	:-0.0, "x y": ""}}¦path:strict 10¦=>¦10
        jsonb_path_query_first¦json:{"b":	3,"c":{}}¦path:lax ($ / $)¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_query_first¦json:{"ba" : { "a":	["é",false],"c":{}}, "a": [	["a"	],12.5e-3,[]]}¦path:lax (--1) < ($.""."x y" - $)¦=>¦null
        jsonb_path_query_first¦json:{"c" :[{"x y": 1.50},{"b" :"ab","b" :	"2.5","a" :-1,"ab" :true} ]}¦path:strict (-$ ? (@.size() <= @.size()["a"].b))¦=>¦NULL
        jsonb_path_query_first¦json:{"k1" :[ [ "1"	,	null	,	false,true],	null	,["x\ty",2.5,false,	false ]	], "é" :""}¦path:$[last to 0].a¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_query_first¦json:{"k1" :{	"\u0001":{	"a" :2.5,	"c":2.5},"k1":[]}}¦path:lax exists ($[$.a]) || $ >= (+$)¦=>¦null
        jsonb_path_query_first¦json:{"k1":	[[],{"é"	:-1, "a": 1e2}],"a"	:[ [	"a" , "2.5"]]}¦path:strict $.c¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_query_first¦json:{"k1":1E+3,"x y"	:[]}¦path:$¦json:{}¦bool:t¦=>¦{"k1": 1000, "x y": []}
        jsonb_path_query_first¦json:{"x y": [ [ 1e2],["日本" ,	-0.0,	"2.5"],"日本", [1.0,true,false]]}¦path:$["a"].*.floor()¦json:{}¦bool:f¦=>¦ERROR
        jsonb_path_query_first¦json:{"x y":-0,"k1"	:	"b"}¦path:$.double() ? ($."1" >= $).ab¦=>¦ERROR
        jsonb_path_query_first¦json:{"é": [false, "\u0041"	], "é":	[null,[10	,false],1E+3, [-0, "ab","1"]]}¦path:lax 3.0¦json:{}¦bool:t¦=>¦3.0
        jsonb_path_query_first¦json:{}¦path:$.type() <= $.size().b¦=>¦false
        jsonb_path_query_first¦json:{}¦path:$[last][-1] ? (true = null)¦=>¦ERROR
        jsonb_path_query_first¦json:{}¦path:($ * $[1 to last] ? (@ >= @.abs()[0].b).ceiling())¦json:{}¦bool:f¦=>¦ERROR
        jsonb_path_query_first¦json:{}¦path:($.b.ceiling()[2] * $)¦=>¦ERROR
        jsonb_path_query_first¦json:{}¦path:3.0¦=>¦3.0
        jsonb_path_query_first¦json:{}¦path:lax $ ? ((@."x y" >= @.b || @."".c.k1 >= @.size().size()."x y"))."é"[last]¦=>¦NULL
        jsonb_path_query_first¦json:{}¦path:strict $."a"[$.a]¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_query_first¦json:{}¦path:strict $.size()¦json:{}¦bool:f¦=>¦ERROR
        jsonb_path_query_first¦json:{}¦path:strict $¦json:{}¦bool:f¦=>¦{}
        jsonb_path_query_first¦null:json¦path:$.**{1 to last}[*]¦=>¦NULL
        jsonb_path_query_first¦null:json¦path:$.a == $.k1¦=>¦NULL
        jsonb_path_query_first¦null:json¦path:$.a.k1¦json:{}¦bool:t¦=>¦NULL
        jsonb_path_query_first¦null:json¦path:(-$)¦=>¦NULL
        jsonb_path_query_first¦null:json¦path:strict $."1".size()¦json:{}¦bool:f¦=>¦NULL
        jsonb_path_query_first¦null:json¦path:strict $.k1.a¦json:{}¦bool:f¦=>¦NULL
        op@?¦json:"2.5"¦path:strict 3.0¦=>¦true
        op@?¦json:"2.5"¦path:true¦=>¦true
        op@?¦json:"\/"¦path:($.c[$.a] = $) is unknown¦=>¦ERROR
        op@?¦json:"\u0041"¦path:strict $.*¦=>¦NULL
        op@?¦json:"a"¦path:strict $.ceiling() ? ((+null) = @.b)¦=>¦ERROR
        op@?¦json:"ab"¦path:lax null¦=>¦true
        op@?¦json:"b"¦path:$ = $.ceiling()¦=>¦ERROR
        op@?¦json:"b"¦path:$[0 to last][0]¦=>¦true
        op@?¦json:"b"¦path:strict $¦=>¦true
        op@?¦json:"null"¦path:lax true¦=>¦true
        op@?¦json:"x\ty"¦path:($ ? (1 != 1.5).abs()[$.a] + $.type())¦=>¦NULL
        op@?¦json:"x\ty"¦path:strict (+($ * $.abs()))¦=>¦NULL
        op@?¦json:"x\ty"¦path:strict 2 starts with "a" && exists ($.a."a"."")¦=>¦true
        op@?¦json:"é"¦path:lax $.size() ? (@.b = $.c).*¦=>¦ERROR
        op@?¦json:"é"¦path:strict (-$.b)¦=>¦NULL
        op@?¦json:"日本"¦path:$.ab ? ((@ / -1) = @.**)¦=>¦ERROR
        op@?¦json:-0.0¦path:($ + $)¦=>¦true
        op@?¦json:-0¦path:$.**¦=>¦true
        op@?¦json:-0¦path:$.c."" ? (!(true <> @.ceiling().abs())) == ($.ceiling() - (10 * $))¦=>¦true
        op@?¦json:-1¦path:$.**{1}¦=>¦false
        op@?¦json:-1¦path:($["a"] / $."1".type())¦=>¦NULL
        op@?¦json:-1¦path:2 > ($ * $.b)¦=>¦true
        op@?¦json:-7.25¦path:$."1".type()¦=>¦false
        op@?¦json:-7.25¦path:($.a.**{0 to 1} + (1 / $.**{last}))¦=>¦NULL
        op@?¦json:1.50¦path:$[0 to 1] ? (@ > @.k1[last to 0].k1)¦=>¦false
        op@?¦json:1.50¦path:($.size().a.* >= $ || $.c = $ || "abc" <= ($."1".type() * $.c.**{1}))¦=>¦ERROR
        op@?¦json:1.50¦path:@.a¦=>¦ERROR
        op@?¦json:1.50¦path:lax $[*]¦=>¦true
        op@?¦json:100¦path:strict (+$)¦=>¦true
        op@?¦json:12.5e-3¦path:1¦=>¦true
        op@?¦json:123456789012¦path:lax $.**{0 to 1}[$.a] ? (exists (@ ? (1.5 == @.b."".floor()).c ? (@ = @.*[0 to 1].*))) >= (-$."x y".b)¦=>¦ERROR
        op@?¦json:[	"é",1e2	,3]¦path:strict $."".*[0, 1] = $.b ? ("abc" <> $.a) ? (@[-1] <> @.ceiling().type().ceiling()) && $."1" <> $.floor()¦=>¦ERROR
        op@?¦json:[	[2.5, [] ,[ "2.5",	"b" ,	"ab"	],false	],123456789012 ,-1,null]¦path:strict $¦=>¦true
        op@?¦json:[	false,null]¦path:-1 - 1¦=>¦true
        op@?¦json:[ "\/",	{"日本"	:[0.10, "x\ty" ,"null"],	"é":	-2.5,"k1":	{}}]¦path:($.b >= 1.5 && $.""."é" <> $) || ($.c <= $.type().k1 || $ = $)¦=>¦ERROR
        op@?¦json:[ "é"	,[]]¦path:$.ab[$.a]¦=>¦false
        op@?¦json:[ -0	]¦path:$ ? (@ ? (null = -1)[$.a]."x y" <> @.**{1 to last})¦=>¦ERROR
        op@?¦json:[ [ [	false, -0	] ,[1e2,	"é"]]]¦path:true¦=>¦true
        op@?¦json:[ {	""	: [1E+3],	"ab" :"b"}	,[3,	{}]	,0 ,[ {	""	: 0,"a":"日本"}]]¦path:lax $."é"¦=>¦false
        op@?¦json:["x\ty",{"日本":[]}	]¦path:lax $ ? ((@."1".b.* <= 10) is unknown).b.ab¦=>¦false
        op@?¦json:[-0,{ "ba": {}}]¦path:lax ($ * $."é")¦=>¦NULL
        op@?¦json:[1E+3,[],	false]¦path:$."" ? ((@.b > @[1 to last]) is unknown) = 3.0¦=>¦ERROR
        op@?¦json:[[	"ab"	,[false,2.5 ,false],	{"x y"	:	null},null	]]¦path:lax ($.* % $."x y"."x y")¦=>¦NULL
        op@?¦json:[[ {"é":1E+3},	true],[3 ,[null,null]] ,{"ab": {"a": 0.10},"ab":0.1,	"c":false} ,{"k1":[	"a"], "a": false}	]¦path:strict $.**{1 to 2}[last to 0].a¦=>¦false
        op@?¦json:[["b",["abc", 1.0	] ,[]]	,[2.5,[	null,"\/" , "\/" ,"ab"]	,{"k1"	:100,"\n": "é"}]]¦path:(($ + 10) - $ ? ("a" > @[-1]))¦=>¦NULL
        op@?¦json:[[1e2 , 1	, []]	, "null"]¦path:$ ? ($.ab >= @.ab.*) = $.ceiling().a¦=>¦ERROR
        op@?¦json:[[[],{} ]	]¦path:$."1"¦=>¦false
        op@?¦json:[[{	"x y":"null",	"ab":null,"x y": "\/","ab": 1.50},0.1 ,"a"]	, 123456789012 ,{"a" :	[	"\u0041" ]}]¦path:(($."1" - $) * $.c."é"[$.a])¦=>¦NULL
        op@?¦json:[]¦path:$.**{1 to 2}¦=>¦false
        op@?¦json:[]¦path:("a" * $.*.type().*)¦=>¦NULL
        op@?¦json:[]¦path:lax ($."" - $ ? (@[0 to last].c.ceiling() >= 0)["a"])¦=>¦NULL
        op@?¦json:[]¦path:lax (1¦=>¦ERROR
        op@?¦json:[]¦path:strict $¦=>¦true
        op@?¦json:[]¦path:strict @.a¦=>¦ERROR
        op@?¦json:[true,{"": {	"c": "null"},"\u0001" :	"ab"},[ -1 ]]¦path:($ / 3.0)¦=>¦NULL
        op@?¦json:[{}	,true	]¦path:strict $.b[last to 0].a = $.c.**{0 to 1}.* || "a" <= $ && $."1".** != $ ? (true <= 0)¦=>¦ERROR
        op@?¦json:false¦path:!(($.ab[1 to last]."" = 1 || $ == 1.5))¦=>¦ERROR
        op@?¦json:null¦path:$.a <> $.b.*¦=>¦true
        op@?¦json:null¦path:($.type() > $[last to 0]) is unknown || (-$) = (-$.**{1 to 2}.b)¦=>¦ERROR
        op@?¦json:null¦path:lax ($ / $)¦=>¦NULL
        op@?¦json:null¦path:strict $.*[1 to last]¦=>¦NULL
        op@?¦json:null¦path:strict $[0 to 1]¦=>¦NULL
        op@?¦json:true¦path:(!(1 = $["a"])) is unknown¦=>¦ERROR
        op@?¦json:true¦path:lax $[1.7]¦=>¦false
        op@?¦json:true¦path:strict $[2]¦=>¦NULL
        op@?¦json:true¦path:strict ((+2) = null) is unknown¦=>¦ERROR
        op@?¦json:{	""	: 12.5e-3,"ab":""}¦path:lax $[*] = "a" && $."a"[last] <> 3.0 || $.abs()[$.a].k1 > $.b.**{1}¦=>¦ERROR
        op@?¦json:{	"":[{"q\"":	100,"0":null,"k1"	: 1},{"k1"	: 2,	"c":	100,"ab"	:2,"ab"	:	1.50} ]}¦path:strict $."".*¦=>¦NULL
        op@?¦json:{	"A":{},"é":{"k1":[1E+3,-2.5	,"null"],	"x y":{},"\n" : [],	"é"	:{}},"aa":1E+3}¦path:!($.ab[0, 1][last - 1] = 1)¦=>¦ERROR
        op@?¦json:{	"c":	{"k1": [],	"x y": { "a"	: 1e2,"k1": "\u0041", "k1" :0.1}}, "c": [[2,-1] , {"é":3, "k1"	:"2.5","k1":	""},1.50]}¦path:$.*."1"[0 to 1]¦=>¦false
        op@?¦json:{	"é" : [true	,{	"b" :	"2.5",	"ab":"日本"}]}¦path:lax $.b¦=>¦false
        op@?¦json:{ "c":{"a":{"k1": "null","é" :	2.5,"k1"	:	"x\ty", "x y":null}, "\n"	:[	-0]}, "q\"":2}¦path:strict $[0, 1]¦=>¦NULL
        op@?¦json:{ "k1" :{"c":	[],	""	:	[false	],"" :{"ab":0}, "":[]}}¦path:lax ($.c.* % $ ? (-1 == @.type())) >= $ ? (@ = @ ? (@.floor() < @[0]).size()."a")¦=>¦ERROR
        op@?¦json:{ "k1":{	"a":[	-1,2.5 ,2.5	, -2.5	],	""	: ["é", false	, "\/" ,	0.10],"": { "":0,	"":10,"":1E+3},"":	["1"	]}}¦path:strict 2¦=>¦true
        op@?¦json:{ "x y": 2}¦path:strict $."x y" >= $¦=>¦true
        op@?¦json:{"0": [[10]	],"\u0001":	2,"": [ ""]}¦path:$.ab¦=>¦false
        op@?¦json:{"A":{"ab":12.5e-3,"A":	1.0}}¦path:lax true != $¦=>¦true
        op@?¦json:{"\n"	:null, "b": 1.0}¦path:strict ($.ceiling() - $)¦=>¦NULL
        op@?¦json:{"a"	:	1e2,"k1":{ "aa":{"x y":"null","b":	100}}}¦path:lax $[*]¦=>¦true
        op@?¦json:{"a"	:1E+3,"a"	:"日本"}¦path:strict ($."" - $.*)¦=>¦NULL
        op@?¦json:{"ab" :-7.25, "\n":"abc","x y":["\/" ]}¦path:$.ceiling()¦=>¦NULL
        op@?¦json:{"ab": {	"":[	100 , null,"1" ],"aa"	:	{ "c" : null},"ab"	:	{	"" : true,"aa"	:	0.1}}, "é" :12.5e-3, "c" : {"é" : 0.1,"": {}}}¦path:$[last to 0]¦=>¦true
        op@?¦json:{"ab":"x\ty","":-0.0,	"x y":[{} ,	"null"	],	"x y":{ "x y":{	"x y":"1","c":	100},	"k1":[	12.5e-3,10]}}¦path:lax $.*."1"¦=>¦false
        op@?¦json:{"ab":-2.5}¦path:last¦=>¦ERROR
        op@?¦json:{"ab":[	{"\n"	: 123456789012,""	: 12.5e-3,	"ab"	:	"é",	"ba" :	null},{"c":	-2.5}],"" :null}¦path:strict $.ab.abs().ab¦=>¦NULL
        op@?¦json:{"ab":[[0.1 ], {	"k1":"a"}	],"":	{}}¦path:lax ($ ? (-1 > @."é".double()) / $)¦=>¦NULL
        op@?¦json:{"ba": {},"b": null}¦path:$.b¦=>¦true
        op@?¦json:{"c":[[ false	,true	,	"null" ],["é"	,-0] ]}¦path:$.c != "a"¦=>¦true
        op@?¦json:{"c":{ "a": [], "a":	true}, "a":[],"k1":[	{"a"	:true,"日本":""},"\u0041"],""	:null}¦path:($[0 to 1][$.a].**{1} * ($.c.k1 % $.a))¦=>¦NULL
        op@?¦json:{"é"	: 1}¦path:$.abs()¦=>¦NULL
        op@?¦json:{}¦path:$.b[0 to 1].type()¦=>¦false
        op@?¦json:{}¦path:$[0 to 1]¦=>¦true
        op@?¦json:{}¦path:(-$.type()[0 to 1].size())¦=>¦true
        op@?¦json:{}¦path:lax $ ? (exists(@.a) && !exists(@.b))¦=>¦false
        op@?¦json:{}¦path:lax (10 + $)¦=>¦NULL
        op@?¦json:{}¦path:strict $.floor()¦=>¦NULL
        op@?¦null:json¦path:$."a" ? (@.* = (3.0 / null)).*¦=>¦ERROR
        op@?¦null:json¦path:$.c¦=>¦NULL
        op@?¦null:json¦path:strict $.k1.**{1}¦=>¦NULL
        op@?¦null:json¦path:strict $.k1¦=>¦NULL
        op@@¦json:"1"¦path:(0 - $.c[$.a])¦=>¦NULL
        op@@¦json:"2.5"¦path:lax $.a ? ($.**{0 to 1} = @.a)¦=>¦ERROR
        op@@¦json:"2.5"¦path:strict $.floor().a¦=>¦NULL
        op@@¦json:"\/"¦path:$.c.floor()¦=>¦NULL
        op@@¦json:"\/"¦path:($ * $."é" ? (2 = @."".*))¦=>¦ERROR
        op@@¦json:"\u0041"¦path:($ % $ ? (@.k1 >= @.type()."é"))¦=>¦NULL
        op@@¦json:"\u0041"¦path:strict $ ? (exists (@.c ? (@.size()."".double() <> 0)))¦=>¦NULL
        op@@¦json:"\u0041"¦path:strict $[1 to last]¦=>¦NULL
        op@@¦json:"null"¦path:(+$.type().*.k1)¦=>¦NULL
        op@@¦json:"é"¦path:$ != $ || ($.size() = -1 && $."a".type() != $."a")¦=>¦ERROR
        op@@¦json:-0¦path:$.size(1)¦=>¦ERROR
        op@@¦json:-0¦path:10 % 3¦=>¦NULL
        op@@¦json:-1¦path:1.5¦=>¦NULL
        op@@¦json:-7.25¦path:(-"abc")¦=>¦NULL
        op@@¦json:0.10¦path:strict $."".type() ? (exists ((@.b.ab * "a")))¦=>¦NULL
        op@@¦json:0.1¦path:strict 1.5¦=>¦NULL
        op@@¦json:1.50¦path:"abc" < $ ? ($ ? ($."".""[0 to last] == @) <= @."1".type())."".size()¦=>¦false
        op@@¦json:100¦path:strict $ ? (($[0 to 1].* / @.ceiling()) = (@.**{1}.ab * @.b))¦=>¦ERROR
        op@@¦json:1¦path:strict (1¦=>¦ERROR
        op@@¦json:2¦path:strict $ ? (@.ab > @.k1."")[last]¦=>¦NULL
        op@@¦json:3¦path:$.k1.type().** = $.b¦=>¦ERROR
        op@@¦json:3¦path:$[0, 1].c¦=>¦NULL
        op@@¦json:3¦path:0¦=>¦NULL
        op@@¦json:[	{"c":100,"1"	:[	"日本","2.5",	3]},[]	]¦path:lax $ != ($[last].k1 % $."1".**{0 to 1})¦=>¦NULL
        op@@¦json:[ [	{}	, {"k1" :-0.0, "b":-2.5,"k1":"a"}] ,[]]¦path:(($.floor()."x y" * 3.0) / (+$.floor()["a"]["a"]))¦=>¦NULL
        op@@¦json:[ [-7.25,""	,	{ "a"	:"ab","" :123456789012, "\n":false}	, "1"]	]¦path:(-$.*)¦=>¦NULL
        op@@¦json:[ [{} ,[ 1.0,"null"	,1.50,-2.5]	]	,{ "\n"	:	[	null ,	null]}]¦path:!($.a==1)¦=>¦true
        op@@¦json:[ null, "日本"	]¦path:10¦=>¦NULL
        op@@¦json:[ {}]¦path:strict $¦=>¦NULL
        op@@¦json:[""]¦path:-1 >= $[0, 1]¦=>¦NULL
        op@@¦json:["\/", {} ,[ 1.0,true,-1] ]¦path:(1.5 = -1 && $.**{1 to last} > $.k1) is unknown¦=>¦ERROR
        op@@¦json:["a", [	{ "k1":10, "\n":0}, {"x y":	null,"ab"	:	"1"}, {"é":null,"é" :true,	"ba"	:""} ,{"ab": 100}] ]¦path:10¦=>¦NULL
        op@@¦json:[1.50	,	false ,[]]¦path:lax $.double()¦=>¦NULL
        op@@¦json:[10]¦path:2¦=>¦NULL
        op@@¦json:[12.5e-3]¦path:lax $[0 to 1].c¦=>¦NULL
        op@@¦json:[2.5	,"é" ]¦path:$.*¦=>¦NULL
        op@@¦json:[[	"日本"]]¦path:$[1.7]."x y" = $["a"]¦=>¦ERROR
        op@@¦json:[[ [	"\u0041" ,	10 ]	]	,{ "é" :	[ "日本"],"é":[	1,"2.5" ,"null",null	]},[ [ "1", 1.0 ]]]¦path:lax $.floor()."é"¦=>¦NULL
        op@@¦json:[[[]]]¦path:strict ($[0] + $[1.7])¦=>¦NULL
        op@@¦json:[[],	-7.25,{"c":[ null	, null	,-7.25,"abc"],"k1":	{"c"	:0.1,"é"	:	"b","a"	: false},"k1": null}]¦path:lax $ = $.b¦=>¦ERROR
        op@@¦json:[[{	"a":-0, "é"	:"b","ab":1.50}	,[	123456789012,"abc","ab" ] ],"a"	]¦path:$.ceiling()¦=>¦NULL
        op@@¦json:[[{"é" : 1E+3,"a":false,"" :	null}, { "b" :	12.5e-3,"ab":-7.25, "日本" :false}] , 0.10]¦path:strict ($.size() + $."".ab ? (@ = 1.5)) == $¦=>¦ERROR
        op@@¦json:[]¦path:$."1".**{last}¦=>¦NULL
        op@@¦json:[]¦path:$."1"¦=>¦NULL
        op@@¦json:[]¦path:((1 % $."1".k1) + $.**{1}) = $¦=>¦ERROR
        op@@¦json:[]¦path:lax $ ? (!(10 = @[-1].a[*]))¦=>¦ERROR
        op@@¦json:[]¦path:lax $."x y"."1"[2]¦=>¦NULL
        op@@¦json:[]¦path:lax $.ab¦=>¦NULL
        op@@¦json:[]¦path:lax -1¦=>¦NULL
        op@@¦json:[]¦path:strict $."é"[last - 1]¦=>¦NULL
        op@@¦json:[]¦path:strict $.double()¦=>¦NULL
        op@@¦json:[null ]¦path:lax $.*.floor() != $."x y".ceiling().abs()¦=>¦false
        op@@¦json:[{	"é": {"\n":	123456789012,	"b"	: "ab"},"a":	[	"é"]},"a" ]¦path:($.* % $."")¦=>¦NULL
        op@@¦json:[{ "é":{	"ab":	0, "é":0,"k1": null,"ab" : null},"c":true,"":{ "x y":"\/",	"": null}} ,	{}]¦path:lax $ == $.*¦=>¦NULL
        op@@¦json:[{"ab"	: {}}	,[ { "ab" :"ab","b":true,"é"	:	12.5e-3, "a" :"2.5"}],	[	{"ab":123456789012,"b"	:	"é"},	{} ,1,	{"aa" :true,	"ab":-1}]]¦path:lax $.¦=>¦ERROR
        op@@¦json:[{"b" :[ "x\ty", "é" ,null], "b"	: 0.10, "k1":	{}},2,	{"b":{},	"ab":"null"},[ 1.50,	-0 ,100	] ]¦path:lax 10¦=>¦NULL
        op@@¦json:[{"c" :0,"é" :[	"a", 1]} , [ "ab"]]¦path:@.a¦=>¦ERROR
        op@@¦json:[{"c":123456789012}	,[2,[	"2.5"],	-0 ],{"x y":{ ""	: 1E+3}},null]¦path:$.ceiling().ab ? ((@.ceiling().abs() != 2) is unknown)¦=>¦NULL
        op@@¦json:[{"x y":{	"x y"	:	true,	"x y" :	"\u0041",	"ab":null, "a" : "1"}},	true,"日本" ,{"k1":{},	"\u0001": {"c":	"2.5"},"a" :-7.25}]¦path:$.ceiling()¦=>¦NULL
        op@@¦json:[{} ]¦path:exists ($) && exists (($.*.b[0, 1] * $.b))¦=>¦NULL
        op@@¦json:[{}]¦path:strict ($.type().k1 starts with "a") is unknown¦=>¦true
        op@@¦json:false¦path:"a"¦=>¦NULL
        op@@¦json:false¦path:strict (-$ ? (1 <> @."a"))¦=>¦NULL
        op@@¦json:null¦path:1.a¦=>¦ERROR
        op@@¦json:null¦path:strict $ ? (true = (@.type() / $))¦=>¦ERROR
        op@@¦json:true¦path:($."" ? (@.ab <= @.k1) / null) = $.size()[0 to last].b¦=>¦ERROR
        op@@¦json:true¦path:($.*.size().double() = $ ? (@.* > @.abs().size()) ? (null != true).ceiling() && $ <= (-$.a))¦=>¦ERROR
        op@@¦json:{	"":	[],"0"	:	{	"":	[],"x y":[1.50,"x\ty","2.5" ,"1"],	"x y"	: [null,0.1 ]}}¦path:strict $.""¦=>¦NULL
        op@@¦json:{	"a":	["1",true	],"x y" : [	{}, []],"":[ [1	]	,[true	,-7.25 ],{"c"	:	"2.5",	"a": 12.5e-3}]}¦path:(-$.**{1 to 2}[2])¦=>¦NULL
        op@@¦json:{	"aa"	:"null","":123456789012}¦path:$¦=>¦NULL
        op@@¦json:{	"ab":{	"\n":[],"a":[ 0.10,"\u0041" ],	"k1":["日本"	,true,	1.0	],"A":null}}¦path:lax $¦=>¦NULL
        op@@¦json:{	"x y" :[	{ "k1": false,	"b"	:"x\ty","ba":"x\ty"}],	"c": [[null ],[ null,	true,3,"\/"	]]}¦path:$ ? (!(@.* = @[*].**{last}))."é"¦=>¦ERROR
        op@@¦json:{	"x y":	[-2.5, 1E+3],"a": "\u0041"}¦path:lax ($ == $ ? (@.* = @."é".ab.*).k1) is unknown¦=>¦ERROR
        op@@¦json:{ "0"	:{"ab" :	{"long_key_name":1.0}, "\u0001":	[ false,"ab"],"long_key_name"	:[1.50]},"c":{	"c"	:0.1,"\u0001":[false	,2.5 ]}}¦path:lax $¦=>¦NULL
        op@@¦json:{ "a" : [], "k1":	{	"x y":"ab"}}¦path:($.ab * ($."1".type()[0, 1] + $.ceiling()))¦=>¦NULL
        op@@¦json:{ "aa":	null,	"c":[	0.1,{"q\"" :-1}, [ null,true ]],"\n": 2,	"x y" :"abc"}¦path:$¦=>¦NULL
        op@@¦json:{ "ab"	: [[	1e2, -7.25], null	, -1,{"0"	:"b","é" :	-7.25}]}¦path:($.floor()."".* % $)¦=>¦NULL
        op@@¦json:{ "ab":"ab"}¦path:$.ab ? (-1 <> 10 && $."x y".type() <= @).*¦=>¦NULL
        op@@¦json:{ "b"	:0}¦path:$ ? (exists (@[0, 1]))¦=>¦NULL
        op@@¦json:{"a": 2.5,	"x y" :"",	"" :	[]}¦path:lax $¦=>¦NULL
        op@@¦json:{"ab"	: {}}¦path:$.ab.k1¦=>¦NULL
        op@@¦json:{"b":[],"ab":{},"x y"	: "2.5",	"a"	:{ "k1":	{"q\"":	3}}}¦path:$."x y".b[*]¦=>¦NULL
        op@@¦json:{"c" :null,"日本":{	"":	"ab", "a":	{	"b": true,"a": 123456789012},	"c":{"" : 12.5e-3}}}¦path:strict ((-0) * "a")¦=>¦NULL
        op@@¦json:{"x y" :[["b",1], [] ]}¦path:lax $.ceiling().ceiling()¦=>¦NULL
        op@@¦json:{"x y": 10,"x y":	"ab"}¦path:$¦=>¦NULL
        op@@¦json:{"é" :{"x y"	:{	"x y":null,"é"	:1},"k1"	:[0.10 ]},"ab"	:{"b" : [1], "b": [1 , -0.0]}}¦path:exists ($.**{1}.""[-1])¦=>¦false
        op@@¦json:{"é":"\u0041","ab":	{	"x y": "1","a"	:	{	""	: 1.50,	"b"	: "abc","a"	:false,"b"	:"ab"}},	"é": 1}¦path:$[-1].c."1"¦=>¦NULL
        op@@¦json:{"é":null,	"x y": { "long_key_name"	: ["日本",-1 ],"aa":null,"\u0001":true}}¦path:$ ? (@.k1[$.a].floor() <= @.abs().b[0 to 1])[0, 1]¦=>¦NULL
        op@@¦json:{}¦path:"abc"¦=>¦NULL
        op@@¦json:{}¦path:$ ? ((@.**{1 to 2} = @.type()[*].type()) is unknown).b¦=>¦ERROR
        op@@¦json:{}¦path:$ ? ((@.c[-1].* - -1) = @."x y") ? (exists ((-10)))¦=>¦ERROR
        op@@¦json:{}¦path:($."" - 1.5)¦=>¦NULL
        op@@¦json:{}¦path:($."x y"[0 to last].a / $."x y".b)¦=>¦NULL
        op@@¦json:{}¦path:(2 = (+$.a)) is unknown¦=>¦ERROR
        op@@¦json:{}¦path:lax (-$)¦=>¦NULL
        op@@¦json:{}¦path:lax (true + $.*[last to 0].b)¦=>¦NULL
        op@@¦json:{}¦path:strict 10¦=>¦NULL
        op@@¦json:{}¦path:strict exists ($."a")¦=>¦NULL
        op@@¦null:json¦path:lax ($ ? (null == null) + (+$."x y"[last - 1]))¦=>¦NULL
        op@@¦null:json¦path:strict ((1 - 0) * "abc") = $."é"."x y".*¦=>¦ERROR
        """#
}
