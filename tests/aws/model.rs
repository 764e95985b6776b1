//! The tables against the API's own description, as botocore carries it: every field that an operation takes is in the table
//! or knowingly left out, with the same type; every list, number and flag of the answers is read as one.

use crate::stand_in::python;
use runbook::action::aws::{Field, Kind, operations};
use serde_json::Value;

/// Left out knowingly.
const LEFT_OUT: [&str; 5] = [
    "MasterUserPassword",
    "TdeCredentialArn",
    "TdeCredentialPassword",
    "AdditionalStorageVolumes",
    "MasterUserAuthenticationType",
];

/// Newer than the SDK that this project's oldest Rust allows.
const NEWER: [&str; 5] = [
    "start-db-instance DBCapacityReservationIdentifier",
    "stop-db-instance DetachFromDBCapacityReservation",
    "restore-db-instance-to-point-in-time DBCapacityReservationIdentifier",
    "modify-db-instance DBCapacityReservationIdentifier",
    "modify-db-instance EngineLifecycleSupport",
];

const DUMP: &str = r"
import botocore.loaders, json, sys
loader = botocore.loaders.Loader()
out = {}
for service in ['rds', 'route53']:
    shapes = (model := loader.load_service_model(service, 'service-2'))['shapes']
    def shape(name, deep=0):
        s = shapes[name]
        if s['type'] == 'structure':
            members = {k: shape(m['shape'], deep + 1) for k, m in s['members'].items()} if deep < 8 else {}
            return {'type': 'structure', 'members': members, 'required': s.get('required', [])}
        if s['type'] == 'list':
            return {'type': 'list', 'of': shape(s['member']['shape'], deep + 1)}
        return {'type': s['type'], 'enum': s.get('enum')}
    out[service] = {n: {k: shape(o[k]['shape']) for k in ['input', 'output'] if k in o} for n, o in model['operations'].items() if n in sys.argv[1:]}
print(json.dumps(out))
";

fn api() -> Value {
    let out = python().args(["-c", DUMP]).args(operations().map(|o| o.api)).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

fn compare(path: &str, fields: &[Field], shape: &Value, wrong: &mut Vec<String>) {
    let members = shape["members"].as_object().unwrap();
    for name in members.keys() {
        let known = LEFT_OUT.contains(&name.as_str()) || NEWER.contains(&format!("{path} {name}").as_str());
        if !fields.iter().any(|f| f.name == name) && !known {
            wrong.push(format!("{path} lacks {name}"));
        }
    }
    let required: Vec<&str> = shape["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    for field in fields {
        let path = format!("{path} {}", field.name);
        let Some(member) = members.get(field.name) else {
            wrong.push(format!("{path} is not in the API"));
            continue;
        };
        if field.required != required.contains(&field.name) {
            wrong.push(format!("{path}: required is {}", field.required));
        }
        let kind = member["type"].as_str().unwrap();
        let inner = member["of"]["type"].as_str();
        let fits = match field.kind {
            Kind::Text => kind == "string",
            Kind::Choice(choices) => {
                let all: Vec<&str> =
                    member["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                for choice in &all {
                    if !choices.contains(choice) {
                        wrong.push(format!("{path} lacks the choice {choice}"));
                    }
                }
                kind == "string" && choices.iter().all(|c| all.contains(c))
            }
            // Route 53 writes the number of items as a text.
            Kind::Number => ["integer", "long"].contains(&kind) || field.name == "MaxItems",
            Kind::Flag => kind == "boolean",
            Kind::Time => kind == "timestamp",
            Kind::Texts => kind == "list" && inner == Some("string"),
            Kind::Structure(inside) => {
                compare(&path, inside, member, wrong);
                kind == "structure"
            }
            Kind::List(inside) => {
                compare(&path, inside, &member["of"], wrong);
                kind == "list" && inner == Some("structure")
            }
        };
        if !fits {
            wrong.push(format!("{path} is a {kind} in the API"));
        }
    }
}

#[test]
fn the_tables_are_the_apis() {
    let api = api();
    let mut wrong = Vec::new();
    for operation in operations() {
        let input = &api[operation.service.name()][operation.api]["input"];
        assert!(input.is_object(), "{} is not in the API", operation.api);
        compare(operation.name, operation.fields, input, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Path and type of every field of an answer that is not a text.
fn typed(parent: &str, shape: &Value, out: &mut Vec<(String, String, String)>) {
    for (name, member) in shape["members"].as_object().into_iter().flatten() {
        let kind = member["type"].as_str().unwrap();
        out.push((parent.to_owned(), name.clone(), kind.to_owned()));
        typed(name, member, out);
        let of = &member["of"];
        if of.is_object() {
            typed(&format!("{name}[]"), of, out);
        }
    }
}

/// The tables of the answers are private: their text is compared.
#[test]
fn answers_are_read_by_the_apis_types() {
    let source = std::fs::read_to_string(crate::stand_in::root().join("src/action/aws/answer.rs")).unwrap();
    let table = |name: &str| -> Vec<String> {
        let (_, rest) = source.split_once(&format!("const {name}: ")).unwrap();
        let (body, _) = rest.split_once("];").unwrap();
        body.split('"').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let (lists, numbers, flags) = (table("LISTS"), table("NUMBERS"), table("FLAGS"));
    let structures = table("STRUCTURES");
    let api = api();
    let mut wrong = Vec::new();
    for operation in operations() {
        let mut fields = Vec::new();
        typed("", &api[operation.service.name()][operation.api]["output"], &mut fields);
        for (parent, name, kind) in fields {
            let known = |table: &[String]| table.iter().any(|t| *t == name || t.ends_with(&format!("/{name}")));
            // One name, two types: told apart by the element above.
            if name == "PercentProgress" {
                continue;
            }
            let right = match kind.as_str() {
                "list" => known(&lists),
                "integer" | "long" | "double" => known(&numbers),
                "boolean" => known(&flags),
                // The outermost are never empty.
                "structure" => known(&structures) || parent.is_empty(),
                _ => !known(&lists) && !known(&numbers) && !known(&flags),
            };
            if !right {
                wrong.push(format!("{} {parent} {name} is a {kind}", operation.name));
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
