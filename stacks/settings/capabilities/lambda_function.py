"""Asks that Lambda cannot honour."""

from collections.abc import Iterator
from typing import Final

from facts.capabilities.lambda_function import CODEDEPLOY_LAMBDA
from facts.limits import HTTP_API_TIMEOUT_SECONDS, LAMBDA_MEMORY_MIB
from stacks.settings.asked import Asked
from stacks.settings.capabilities.refusing import Rule, refuse
from stacks.settings.capabilities.steps import size_of
from stacks.settings.problems import Problem


def _lambda_accelerator(asked: Asked) -> Iterator[Problem]:
    accelerator = asked.settings.resources.accelerator
    if asked.settings.target == "lambda" and accelerator is not None:
        yield refuse("lambda/accelerator", ("resources", "accelerator"), accelerator, asked)


def _lambda_cpu(asked: Asked) -> Iterator[Problem]:
    cpu = asked.settings.resources.cpu
    if asked.settings.target == "lambda" and cpu is not None:
        yield refuse("lambda/cpu", ("resources", "cpu"), cpu, asked)


def _lambda_memory(asked: Asked) -> Iterator[Problem]:
    memory = asked.settings.resources.memory_mib
    if asked.settings.target != "lambda" or memory is None or LAMBDA_MEMORY_MIB.allows(memory):
        return
    path = ("resources", "memory_mib")
    yield refuse("lambda/memory", path, memory, asked, allowed=str(LAMBDA_MEMORY_MIB))


def _lambda_timeout(asked: Asked) -> Iterator[Problem]:
    settings, gateway = asked.settings, HTTP_API_TIMEOUT_SECONDS.maximum or 0
    if settings.target == "lambda" and settings.timeout_seconds >= gateway:
        yield refuse(
            "lambda/behind-http-api",
            ("timeout_seconds",),
            settings.timeout_seconds,
            asked,
            allowed=f"1 to {gateway - 1:g} seconds",
        )


def _lambda_warm(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if (
        settings.target == "lambda"
        and settings.min_replicas > 0
        and settings.candidate is not None
        and settings.canary_percent
    ):
        yield refuse("lambda/warm-with-candidate", ("min_replicas",), settings.min_replicas, asked)


def _lambda_image(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if settings.target != "lambda" or settings.model.image is None:
        return
    if settings.candidate is not None:
        path = ("model", "image")
        yield refuse("lambda/image-with-candidate", path, settings.model.image, asked)


def _lambda_steps(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if settings.target != "lambda" or settings.rollout.shift is None:
        return
    steps = CODEDEPLOY_LAMBDA.get(settings.rollout.shift)
    if steps is None:
        return
    size, wait = size_of(settings.rollout), settings.rollout.wait_seconds
    if wait is None:
        wait = min(seconds for _, seconds in steps)
    if (size, wait) not in steps:
        yield refuse("lambda/shift", ("rollout", "shift"), f"{size} % each {wait} s", asked)


RULES: Final[tuple[Rule, ...]] = (
    _lambda_accelerator,
    _lambda_cpu,
    _lambda_memory,
    _lambda_timeout,
    _lambda_warm,
    _lambda_image,
    _lambda_steps,
)
