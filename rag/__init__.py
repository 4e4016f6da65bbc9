"""All the thinking: values, ports, prompts, fusion, citations. No input or output, no runtime."""
