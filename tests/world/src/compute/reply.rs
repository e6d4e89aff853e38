//! Answers and refusals in each service's wire form.

use super::xml;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use quick_xml::escape::escape;
use serde_json::{Map, Value, json};
use sim::compute::{Answer, Refusal, Service};

const AUTO_SCALING: &str = "http://autoscaling.amazonaws.com/doc/2011-01-01/";
const EC2: &str = "http://ec2.amazonaws.com/doc/2016-11-15/";

pub(super) fn reply(service: Service, action: &str, answer: Answer, request_id: &str) -> Response<Body> {
    let (status, body) = match answer {
        Ok(answer) => (200, fulfilled(service, action, &answer, request_id)),
        Err(refusal) => (refusal.status, refused(service, &refusal, request_id)),
    };
    let content_type = match service {
        Service::Ecs => "application/x-amz-json-1.1",
        Service::AutoScaling => "text/xml",
        Service::Ec2 => "text/xml;charset=UTF-8",
    };
    let response = Response::builder()
        .status(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
        .header("content-type", content_type)
        .header("x-amzn-requestid", request_id);
    response.body(Body::from(body)).expect("status and headers are well-formed")
}

fn fulfilled(service: Service, action: &str, answer: &Value, request_id: &str) -> String {
    let empty = Map::new();
    let members = answer.as_object().unwrap_or(&empty);
    match service {
        Service::Ecs => without_nulls(answer).to_string(),
        Service::AutoScaling => {
            let mut out = format!("<{action}Response xmlns=\"{AUTO_SCALING}\">");
            if !answer.is_null() {
                out += &format!("<{action}Result>");
                xml::members(&mut out, members, "member");
                out += &format!("</{action}Result>");
            }
            out += &format!("<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>");
            out + &format!("</{action}Response>")
        }
        Service::Ec2 => {
            let mut out =
                format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{action}Response xmlns=\"{EC2}\">");
            out += &format!("<requestId>{request_id}</requestId>");
            xml::members(&mut out, members, "item");
            out + &format!("</{action}Response>")
        }
    }
}

fn refused(service: Service, refusal: &Refusal, request_id: &str) -> String {
    let (code, message) = (escape(refusal.code.as_ref()), escape(refusal.message.as_str()));
    match service {
        Service::Ecs => {
            let mut body = json!({ "__type": refusal.code, "message": refusal.message });
            for (member, value) in &refusal.extra {
                body[member] = value.clone();
            }
            body.to_string()
        }
        Service::AutoScaling => {
            // Contention is answered with 500, and is the sender's fault all the same.
            let is_fault = matches!(refusal.code.as_ref(), "InternalFailure" | "ServiceUnavailable");
            let kind = if is_fault { "Receiver" } else { "Sender" };
            format!(
                "<ErrorResponse xmlns=\"{AUTO_SCALING}\"><Error><Type>{kind}</Type><Code>{code}</Code>\
                 <Message>{message}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
            )
        }
        Service::Ec2 => format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{code}</Code>\
             <Message>{message}</Message></Error></Errors><RequestID>{request_id}</RequestID></Response>"
        ),
    }
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(name, value)| (name.clone(), without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}
