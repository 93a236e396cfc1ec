"""ComfyUI workflows as data: graphs, bindings, capabilities, requirements; and the registry that reads them."""
