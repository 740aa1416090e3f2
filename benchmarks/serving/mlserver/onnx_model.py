"""MLServer's side: a runtime of its custom kind that runs an ONNX file.

MLServer 1.7 has none for ONNX. It runs in MLServer's own environment, which the type checker does
not see.
"""
# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
# ruff: noqa: INP001 - MLServer imports it by its path.

import onnxruntime
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse
from mlserver.utils import get_model_uri

__all__ = ["OnnxModel"]


class OnnxModel(MLModel):
    """One session, with one thread for a prediction, as our server has it."""

    async def load(self) -> bool:
        """Load the file that the model's settings name."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            await get_model_uri(self.settings), options, providers=["CPUExecutionProvider"]
        )
        self._outputs = [output.name for output in self._session.get_outputs()]
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Decode, run, encode: what MLServer's own runtimes do."""
        feed = {item.name: self.decode(item, NumpyCodec) for item in payload.inputs}
        results = self._session.run(None, feed)
        outputs = [
            NumpyCodec.encode_output(name, result)
            for name, result in zip(self._outputs, results, strict=True)
        ]
        return InferenceResponse(model_name=self.name, model_version=self.version, outputs=outputs)
