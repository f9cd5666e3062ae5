"""Reads models 0..N-1 in FOLDER with numpy, safetensors and json; checks that the three agree and give the expected outputs;
writes each again as N.again.*. Where the package safetensors is missing, its format is read and written here, by its
specification: 8 bytes of length, a header in JSON, the tensors' bytes. Exit code 77: numpy is missing."""
import json
import math
import struct
import sys

try:
    import numpy as np
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)

try:
    from safetensors import safe_open
    from safetensors.numpy import save_file
except ImportError:
    safe_open = None


def read_tensors(path):
    if safe_open:
        with safe_open(path, framework="numpy") as f:
            return {key: f.get_tensor(key) for key in f.keys()}, dict(f.metadata())
    with open(path, "rb") as f:
        (length,) = struct.unpack("<Q", f.read(8))
        header = json.loads(f.read(length))
        data = f.read()
    metadata = header.pop("__metadata__")
    tensors = {}
    for key, entry in header.items():
        assert entry["dtype"] == "F32", key
        begin, end = entry["data_offsets"]
        tensors[key] = np.frombuffer(data[begin:end], "<f4").reshape(entry["shape"])
    assert max(entry["data_offsets"][1] for entry in header.values()) == len(data)
    return tensors, metadata


def write_tensors(path, tensors, metadata):
    if safe_open:
        save_file(tensors, path, metadata=metadata)
        return
    header, data = {"__metadata__": metadata}, b""
    for key, tensor in tensors.items():
        header[key] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + tensor.nbytes]}
        data += tensor.astype("<f4").tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


ACTIVATIONS = {
    "relu": lambda z: np.maximum(z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "gelu": lambda z: 0.5 * z * (1 + np.vectorize(math.erf)(z / math.sqrt(2))),
    "silu": lambda z: z / (1 + np.exp(-z)),
}


def from_npz(path):
    with np.load(path, allow_pickle=False) as z:
        metadata = json.loads(bytes(z["metadata"]))
        layers = [(z[f"W{i}"], z[f"b{i}"]) for i in range(len(z.files) // 2)]
    return metadata, layers


def from_safetensors(path):
    tensors, metadata = read_tensors(path)
    layers = [(tensors[f"layers.{i}.weight"].T, tensors[f"layers.{i}.bias"]) for i in range(len(tensors) // 2)]
    raw = dict(metadata)
    assert metadata.pop("format") == "pt"
    for key in ("preprocessing", "missing"):
        metadata[key] = json.loads(metadata[key])
    return metadata, layers, raw


def from_json(path):
    with open(path, encoding="utf-8") as f:
        document = json.load(f)
    layers = [(np.array(l["weight"], np.float32), np.array(l["bias"], np.float32)) for l in document.pop("layers")]
    return document, layers


def same_bits(a, b):
    return all(np.array_equal(np.ascontiguousarray(x).view(np.uint32), np.ascontiguousarray(y).view(np.uint32))
               for p, q in zip(a, b, strict=True) for x, y in zip(p, q, strict=True))


def forward(layers, activation, x):
    for i, (weight, bias) in enumerate(layers):
        x = x @ weight.astype(np.float64) + bias
        if i + 1 < len(layers):
            x = ACTIVATIONS[activation](x)
    return x


folder, count = sys.argv[1], int(sys.argv[2])
for i in range(count):
    name = f"{folder}{i}"
    metadata, layers = from_npz(name + ".npz")
    tensor_metadata, tensor_layers, raw = from_safetensors(name + ".safetensors")
    json_metadata, json_layers = from_json(name + ".json")
    assert metadata == tensor_metadata == json_metadata, name
    assert same_bits(layers, tensor_layers) and same_bits(layers, json_layers), name

    with open(name + ".expected", encoding="utf-8") as f:
        expected = json.load(f)
    x = np.array(expected["inputs"]).reshape(4, -1)
    with np.errstate(over="ignore"):  # exp of a large number: the sigmoid is then 0
        y = forward(layers, metadata["activation"], x)
    # both sides compute in double; the expected values were rounded to float once
    np.testing.assert_allclose(y.ravel(), expected["outputs"], rtol=1e-6, atol=1e-6)

    arrays = {f"{letter}{k}": a for k, layer in enumerate(layers) for letter, a in zip("Wb", layer)}
    text = json.dumps(metadata).encode()
    np.savez_compressed(name + ".again.npz", metadata=np.frombuffer(text, np.uint8), **arrays)
    tensors = {}
    for k, (weight, bias) in enumerate(layers):
        tensors[f"layers.{k}.weight"] = np.ascontiguousarray(weight.T)
        tensors[f"layers.{k}.bias"] = bias
    write_tensors(name + ".again.safetensors", tensors, raw)
    with open(name + ".again.json", "w", encoding="utf-8") as f:
        json.dump({**json_metadata, "layers": [{"weight": w.tolist(), "bias": b.tolist()} for w, b in json_layers]}, f)
