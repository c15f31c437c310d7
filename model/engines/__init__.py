"""What runs the network: ONNX Runtime on a CPU, TensorFlow on a GPU, behind one small interface."""
