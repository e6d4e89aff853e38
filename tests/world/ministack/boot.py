"""Starts ministack on a port of its own, with a side door for the world that started it.

It may never change what an AWS call answers.
"""

import asyncio
import base64
import json
import logging
import os
import re
import secrets
import signal
import socket
import socketserver
import time
from urllib.parse import parse_qs, unquote

# The Runtime API writes headers and body apart; unbuffered, Nagle holds the second back for 40 ms.
socketserver.StreamRequestHandler.wbufsize = 65536

from hypercorn.asyncio import serve
from hypercorn.config import Config

from ministack import app as gateway
from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import set_request_account_id, set_request_region
from ministack.services import apigateway, ec2, eventbridge, iam, sts

ACCOUNT = os.environ["MINISTACK_ACCOUNT_ID"]
REGION = os.environ["MINISTACK_REGION"]
FRONT = os.environ["AWS_ENDPOINT_URL"]


class Refused(Exception):
    """A question that has an answer, and the answer is no."""


def authorize(question: dict) -> dict:
    """Checks a request's signature, then each (action, resource, context) against its caller's policies."""
    request = question["request"]
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request["headers"]]
    path, _, query = request["target"].partition("?")
    params = parse_qs(query, keep_blank_values=True)
    plain = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
    key = gateway.extract_access_key_id(plain, params)
    if key:
        set_request_account_id(gateway._request_account_scope(key))
    set_request_region(gateway.extract_region(plain, params))
    iam_evaluator.pin_request_origin("127.0.0.1", False)
    iam_evaluator.pin_signed_request(request["method"], path, params, headers)
    iam_evaluator.pin_signed_body(base64.b64decode(request["body"]))
    failure = iam_evaluator.check_credentials(key)
    if failure is None and not key:
        failure = iam_evaluator.AuthError("MissingAuthenticationToken", "Missing Authentication Token")
    if failure is not None:
        service = plain.get("authorization", "").partition("Credential=")[2].split("/")[3:4]
        code, status, message = iam_actions._auth_failure(
            (service or ["ecs"])[0], failure.code, failure.message, plain)
        return {"verdict": "unauthenticated", "code": code, "message": message, "status": status}
    caller = (iam_evaluator.resolve_caller_identity(key) or {}).get("userArn", "")
    for check in question["checks"]:
        service = check["action"].partition(":")[0]
        verdict = iam_evaluator.enforce(
            key, check["action"], service, REGION, check["resource"], check.get("context") or {})
        if isinstance(verdict, iam_evaluator.AuthError):
            return {"verdict": "unauthenticated", "code": verdict.code, "message": verdict.message, "status": 403}
        if verdict is not None:
            return {"verdict": "denied", "caller": caller, "action": check["action"],
                    "resource": check["resource"], "explicit": verdict.decision == "Deny"}
    return {"verdict": "allowed", "caller": caller}


def caller(question: dict) -> dict:
    """Whose access key this is, without a look at any signature."""
    set_request_account_id(gateway._request_account_scope(question["key"]))
    identity = iam_evaluator.resolve_caller_identity(question["key"])
    return {"arn": identity["userArn"] if identity else None}


def session(question: dict) -> dict:
    """Credentials as a service of AWS gets them for a role that trusts it."""
    set_request_account_id(ACCOUNT)
    name = question["role"].rsplit("/", 1)[-1]
    role = iam._roles.get(name)
    if role is None or role["Arn"] != question["role"]:
        raise Refused(f"role {question['role']} does not exist")
    context = iam_evaluator.EvalContext(
        principal_arn=question["service"], principal_type="Service", principal_account=ACCOUNT,
        action="sts:AssumeRole", resource_arn=question["role"], region=REGION,
        service_context={key.lower(): value for key, value in question["context"].items()})
    trust = role.get("AssumeRolePolicyDocument", "{}")
    # ministack keeps the document as it was sent, which may be percent-encoded.
    trust = unquote(trust) if isinstance(trust, str) and trust.startswith("%7B") else trust
    if not trusts(trust, context):
        raise Refused(f"role {name} does not trust {question['service']}")
    key = "ASIA" + secrets.token_hex(8).upper()
    expires = time.time() + question["seconds"]
    issued = {
        "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{question['name']}",
        "UserId": f"{role['RoleId']}:{question['name']}",
        "SecretAccessKey": secrets.token_urlsafe(30),
        "SessionToken": secrets.token_urlsafe(120),
        "Expiration": expires,
        "AccountId": ACCOUNT,
        "PrincipalType": "AssumedRole",
    }
    sts.register_session(key, issued)
    return {"AccessKeyId": key, "SecretAccessKey": issued["SecretAccessKey"], "Token": issued["SessionToken"],
            "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(expires)), "RoleArn": question["role"]}


def trusts(document: str | dict, context: iam_evaluator.EvalContext) -> bool:
    """Whether a trust policy lets a service assume the role: ministack's own check knows no services."""
    policy = json.loads(document) if isinstance(document, str) else document
    statements = policy.get("Statement", [])
    effects = {
        statement["Effect"] for statement in (statements if isinstance(statements, list) else [statements])
        if iam_evaluator._service_principal_matches(statement.get("Principal"), context.principal_arn)
        and iam_evaluator._action_matches(context.action, listed(statement, "Action"), listed(statement, "NotAction"))
        and iam_evaluator._conditions_met(statement.get("Condition", {}), context)}
    return effects == {"Allow"}


def listed(statement: dict, member: str) -> list[str]:
    """A policy's member that may be one or several."""
    value = statement.get(member, [])
    return [value] if isinstance(value, str) else value


def profile(question: dict) -> dict:
    """The role of an instance profile, named or by ARN."""
    set_request_account_id(ACCOUNT)
    name = question["profile"].rsplit("/", 1)[-1]
    found = iam._instance_profiles.get(name)
    if found is None or not found["Roles"]:
        raise Refused(f"instance profile {name} has no role")
    role = found["Roles"][0]
    return {"role": role["Arn"] if isinstance(role, dict) else iam._roles[role]["Arn"]}


def events(question: dict) -> dict:
    """Delivers events of AWS's own services, which PutEvents refuses, to the rules that match them."""
    set_request_account_id(ACCOUNT)
    set_request_region(REGION)
    _, _, body = eventbridge._put_events({"Entries": question["entries"]}, allow_aws_source=True)
    return json.loads(body)


def template(question: dict) -> dict:
    """One version of a launch template, as far as machines that are made of it need it."""
    set_request_account_id(ACCOUNT)
    set_request_region(REGION)
    named, wanted = question["named"], question["version"]
    found = ec2._launch_templates.get(named) or next(
        (one for one in ec2._launch_templates.values() if one["LaunchTemplateName"] == named), None)
    if found is None:
        raise Refused(f"there is no launch template {named}")
    moving = {"$Latest": found["LatestVersionNumber"], "$Default": found["DefaultVersionNumber"]}
    number = moving.get(wanted, wanted)
    version = next((one for one in found["Versions"] if str(one["VersionNumber"]) == str(number)), None)
    if version is None:
        raise Refused(f"launch template {named} has no version {wanted}")
    data = version["LaunchTemplateData"]
    profile = data.get("IamInstanceProfile") or {}
    tags = [tag for specification in data.get("TagSpecifications", [])
            if specification["ResourceType"] == "instance" for tag in specification["Tags"]]
    user_data = base64.b64decode(data.get("UserData", "")).decode("utf-8", "replace")
    return {
        "id": found["LaunchTemplateId"], "name": found["LaunchTemplateName"], "version": version["VersionNumber"],
        "instance_type": data.get("InstanceType"), "image_id": data.get("ImageId"),
        "is_spot": (data.get("InstanceMarketOptions") or {}).get("MarketType") == "spot",
        "instance_profile": profile.get("Arn") or profile.get("Name"),
        "tags": {tag["Key"]: tag["Value"] for tag in tags},
        "cluster": assigned("ECS_CLUSTER", user_data), "api_url": assigned("QUILLON_API_URL", user_data),
    }


def assigned(name: str, script: str) -> str | None:
    """What the last line of a script that assigns a variable gives it."""
    found = re.findall(rf"^\s*(?:export\s+)?{name}=([^\s#]+)", script, re.MULTILINE)
    found += re.findall(rf"echo\s+[\"']?{name}=([^\s\"'#]+)", script)
    return found[-1].strip("\"'") if found else None


def subnet(question: dict) -> dict:
    """Where a subnet lies."""
    set_request_account_id(ACCOUNT)
    set_request_region(REGION)
    found = ec2._subnets.get(question["id"])
    if found is None:
        raise Refused(f"there is no subnet {question['id']}")
    return {"id": found["SubnetId"], "vpc_id": found["VpcId"], "availability_zone": found["AvailabilityZone"]}


def save(question: dict) -> dict:
    """Writes everything ministack knows into its state folder, as it does when it ends."""
    gateway.save_all(gateway._build_persistence_save_dict())
    return {}


SIDE_DOOR = {"authorize": authorize, "caller": caller, "session": session, "profile": profile, "events": events, "template": template,
             "subnet": subnet, "save": save}


async def answer(name: str, receive, send) -> None:
    """One question of the world, one JSON answer."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    try:
        status, said = 200, SIDE_DOOR[name](json.loads(body))
    except Refused as refused:
        status, said = 409, {"message": str(refused)}
    except Exception as fault:
        logging.getLogger("world").exception("the side door failed at %s", name)
        status, said = 500, {"message": f"{type(fault).__name__}: {fault}"}
    text = json.dumps(said).encode()
    await send({"type": "http.response.start", "status": status,
                "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(text)).encode())]})
    await send({"type": "http.response.body", "body": text})


async def app(scope, receive, send):
    """ministack's application with the side door before it."""
    name = scope.get("path", "").removeprefix("/_world/")
    if scope["type"] == "http" and name in SIDE_DOOR:
        await answer(name, receive, send)
    else:
        await gateway.app(scope, receive, send)


def advertise_a_reachable_api() -> None:
    """Gives each HTTP API an endpoint that every client can call: `*.localhost` does not resolve everywhere.

    The path form stands in for the host name and takes no stage, so it is a base URL as AWS's is.
    """
    create = apigateway._create_api

    def create_api(data):
        status, headers, body = create(data)
        if status == 201:
            api = apigateway._apis[json.loads(body)["apiId"]]
            api["apiEndpoint"] = f"{FRONT}/_aws/execute-api/{api['apiId']}"
            return apigateway._apigw_response(api, status)
        return status, headers, body

    apigateway._create_api = create_api


def main() -> None:
    advertise_a_reachable_api()
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen(1024)
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.keep_alive_timeout = 75
    config.loglevel = os.environ.get("LOG_LEVEL", "WARNING")
    stop = asyncio.Event()

    async def run():
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        print(json.dumps({"port": listener.getsockname()[1], "pid": os.getpid()}), flush=True)
        await serve(app, config, shutdown_trigger=stop.wait)

    asyncio.run(run())


if __name__ == "__main__":
    main()
